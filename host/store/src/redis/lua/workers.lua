-- Workers: the time, and what is known of each. Writes nothing.

return { NOW, call('HGETALL', WORKERS), call('HGETALL', FACTS) }
