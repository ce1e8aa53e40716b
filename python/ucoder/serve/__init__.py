"""`ucoder serve`: the executor behind HTTP, for one machine's clients. Needs the packages of `ucoder[serve]`.

A request becomes one judgement: `formats` reads and writes it, `admission` says when it may run, `app` is the service
without a socket, `server` the process around it.
"""
