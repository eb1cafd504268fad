"""The web server: Python's own, a thread for each request. It ends as Heroku wants it to."""

import os
import signal
import threading
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from pages import application


class Server(ThreadingMixIn, WSGIServer):
    # Connections that wait while all threads are being started.
    request_queue_size = 128
    # Requests that have begun are finished before the process ends.
    daemon_threads = False


class Handler(WSGIRequestHandler):
    def address_string(self):
        # Asking the name server who a client is would hold up its request.
        return self.client_address[0]

    def log_message(self, *_):
        # Heroku's router has logged the request.
        pass


def main():
    port = int(os.environ.get('PORT', 3000))
    with make_server('', port, application, Server, Handler) as server:
        # Heroku sends SIGTERM and kills after 30 seconds. shutdown() waits for the loop, so it cannot be called inside it.
        signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
        print(f'listening on {port}', flush=True)
        server.serve_forever(poll_interval=0.1)
    print('stopped', flush=True)


if __name__ == '__main__':
    main()
