;; Neither a command nor a job.
(module
  (memory (export "memory") 1)
  (func (export "main")))
