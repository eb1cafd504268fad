"""The pages, as a WSGI application."""

import json
import os
import re
import sys
from http import HTTPStatus

from database import create_item, find_item, newest_items, open_engine

engine = open_engine()


def application(environ, start_response):
    try:
        status, body = answer(environ)
    except Exception as error:
        print(f'{environ["REQUEST_METHOD"]} {environ["PATH_INFO"]} failed: {error}', file=sys.stderr)
        status, body = 500, {'error': 'internal error'}
    text = json.dumps(body, default=str).encode() + b'\n'
    headers = [('Content-Type', 'application/json'), ('Content-Length', str(len(text)))]
    start_response(f'{status} {HTTPStatus(status).phrase}', headers)
    return [text]


def answer(environ):
    method, path = environ['REQUEST_METHOD'], environ['PATH_INFO']
    if method == 'POST' and path == '/items':
        return create(environ)
    if method != 'GET':
        return 405, {'error': 'method not allowed'}
    if path == '/':
        return 200, {'app': 'alembic', 'release': os.environ.get('HEROKU_RELEASE_VERSION')}
    if path == '/health':
        return 200, health()
    if path == '/items':
        return 200, newest_items(engine, 20)
    number = re.fullmatch(r'/items/(\d{1,18})', path)
    item = find_item(engine, int(number[1])) if number else None
    return (404, {'error': 'not found'}) if item is None else (200, item)


def health():
    """A real query, with every column that the pages need: a server that answers while its statements fail is not healthy."""
    newest_items(engine, 1)
    return {'status': 'ok', 'release': os.environ.get('HEROKU_RELEASE_VERSION')}


def create(environ):
    key = environ.get('HTTP_IDEMPOTENCY_KEY')
    if not key:
        return 400, {'error': 'the header Idempotency-Key is missing'}
    title = title_in(environ['wsgi.input'].read(int(environ.get('CONTENT_LENGTH') or 0)))
    if not title:
        return 422, {'error': 'a title is needed: {"title": "..."}'}
    item, created = create_item(engine, key, title)
    return (201 if created else 200), item


def title_in(body):
    try:
        title = json.loads(body)['title']
    except (ValueError, KeyError, TypeError):
        return None
    return title if isinstance(title, str) else None
