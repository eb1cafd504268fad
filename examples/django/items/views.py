import json
import os

from django.http import JsonResponse

from .models import Item


def start(request):
    return JsonResponse({'app': 'django', 'release': os.environ.get('HEROKU_RELEASE_VERSION')})


def health(request):
    """A real query, with every column that the pages need: a server that answers while its statements fail is not healthy."""
    Item.objects.first()
    return JsonResponse({'status': 'ok', 'release': os.environ.get('HEROKU_RELEASE_VERSION')})


def items(request):
    if request.method == 'POST':
        return create(request)
    newest = Item.objects.order_by('-id')[:20]
    return JsonResponse([shown(item) for item in newest], safe=False)


def item(request, number):
    found = Item.objects.filter(id=number).first()
    return JsonResponse({'error': 'not found'}, status=404) if found is None else JsonResponse(shown(found))


def create(request):
    key = request.headers.get('Idempotency-Key')
    if not key:
        return JsonResponse({'error': 'the header Idempotency-Key is missing'}, status=400)
    title = title_in(request.body)
    if not title:
        return JsonResponse({'error': 'a title is needed: {"title": "..."}'}, status=422)
    # Django commits each statement: when this returns, the item is there to stay.
    made, created = Item.objects.get_or_create(idempotency_key=key, defaults={'title': title})
    return JsonResponse(shown(made), status=201 if created else 200)


def title_in(body):
    try:
        title = json.loads(body)['title']
    except (ValueError, KeyError, TypeError):
        return None
    return title if isinstance(title, str) else None


def shown(item):
    return {'id': item.id, 'title': item.title, 'created_at': item.created_at, 'processed_at': item.processed_at}
