from django.db import models


class Item(models.Model):
    # Given by the client: the same key never makes a second item.
    idempotency_key = models.TextField(unique=True)
    title = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)
    processed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = 'items'
