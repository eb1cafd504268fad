"""Everything comes from the environment: Heroku's config vars on a dyno, Lockkeeper's when it asks for the migrations."""

import os
import secrets
from urllib.parse import unquote, urlsplit

# Nothing here signs anything that must outlive the process; set the variable when something does.
SECRET_KEY = os.environ.get('SECRET_KEY') or secrets.token_hex()
DEBUG = False
# Heroku's router lets only requests for the app's own names through.
ALLOWED_HOSTS = ['*']

INSTALLED_APPS = ['items']
MIDDLEWARE = []
ROOT_URLCONF = 'parcels.urls'
USE_TZ = True
DEFAULT_AUTO_FIELD = 'django.db.models.BigAutoField'


def database(url):
    parts = urlsplit(url)
    local = parts.hostname in ('localhost', '127.0.0.1', '::1')
    return {
        'ENGINE': 'django.db.backends.postgresql',
        'HOST': parts.hostname,
        'PORT': parts.port or 5432,
        'NAME': unquote(parts.path[1:]),
        'USER': unquote(parts.username or ''),
        'PASSWORD': unquote(parts.password or ''),
        # Heroku Postgres demands TLS and signs its own certificates.
        'OPTIONS': {'connect_timeout': 5, **({} if local else {'sslmode': 'require'})},
    }


DATABASES = {'default': database(os.environ['DATABASE_URL'])}

LOGGING = {
    'version': 1,
    'handlers': {'console': {'class': 'logging.StreamHandler'}},
    'root': {'handlers': ['console'], 'level': 'WARNING'},
}
