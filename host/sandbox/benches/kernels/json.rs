//! Writes and parses JSON: bytes, branches, small allocations.

#[derive(Debug)]
enum Json {
    Null,
    Bool(bool),
    Number(f64),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

struct Parser<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Parser<'_> {
    fn space(&mut self) {
        while self.bytes.get(self.at).is_some_and(u8::is_ascii_whitespace) {
            self.at += 1;
        }
    }

    fn word(&mut self, word: &str, value: Json) -> Json {
        assert!(self.bytes[self.at..].starts_with(word.as_bytes()));
        self.at += word.len();
        value
    }

    fn value(&mut self) -> Json {
        self.space();
        match self.bytes[self.at] {
            b'n' => self.word("null", Json::Null),
            b't' => self.word("true", Json::Bool(true)),
            b'f' => self.word("false", Json::Bool(false)),
            b'"' => Json::Text(self.text()),
            b'[' => {
                let mut list = Vec::new();
                self.at += 1;
                loop {
                    self.space();
                    match self.bytes[self.at] {
                        b']' => break,
                        b',' => self.at += 1,
                        _ => list.push(self.value()),
                    }
                }
                self.at += 1;
                Json::List(list)
            }
            b'{' => {
                let mut object = Vec::new();
                self.at += 1;
                loop {
                    self.space();
                    match self.bytes[self.at] {
                        b'}' => break,
                        b',' => self.at += 1,
                        _ => {
                            let key = self.text();
                            self.space();
                            assert_eq!(self.bytes[self.at], b':');
                            self.at += 1;
                            object.push((key, self.value()));
                        }
                    }
                }
                self.at += 1;
                Json::Object(object)
            }
            _ => {
                let began = self.at;
                while self.at < self.bytes.len()
                    && matches!(self.bytes[self.at], b'0'..=b'9' | b'.' | b'-' | b'e' | b'+')
                {
                    self.at += 1;
                }
                let text = std::str::from_utf8(&self.bytes[began..self.at]).unwrap();
                Json::Number(text.parse().unwrap())
            }
        }
    }

    fn text(&mut self) -> String {
        let mut text = Vec::new();
        self.at += 1;
        loop {
            match self.bytes[self.at] {
                b'"' => break,
                b'\\' => {
                    self.at += 1;
                    text.push(self.bytes[self.at]);
                }
                byte => text.push(byte),
            }
            self.at += 1;
        }
        self.at += 1;
        String::from_utf8(text).unwrap()
    }
}

fn weigh(json: &Json) -> f64 {
    match json {
        Json::Null => 1.0,
        Json::Bool(yes) => f64::from(u8::from(*yes)),
        Json::Number(number) => *number,
        Json::Text(text) => text.len() as f64,
        Json::List(list) => list.iter().map(weigh).sum(),
        Json::Object(object) => object.iter().map(|(key, value)| key.len() as f64 + weigh(value)).sum(),
    }
}

fn main() {
    let mut text = String::from("[");
    for n in 0..20_000u32 {
        if n > 0 {
            text.push(',');
        }
        text += &format!(
            r#"{{"flight": {n}, "carrier": "AA\"{}", "delays": [{}, {:.2}, null], "late": {}, "route": {{"from": "JFK", "to": "LAX"}}}}"#,
            n % 17,
            n % 90,
            f64::from(n) / 7.0,
            n % 3 == 0
        );
    }
    text.push(']');
    let mut total = 0.0;
    for _ in 0..4 {
        total += weigh(&Parser { bytes: text.as_bytes(), at: 0 }.value());
    }
    println!("{} {total:.3}", text.len());
}
