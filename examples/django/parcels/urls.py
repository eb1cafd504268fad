from django.urls import path

from items import views

urlpatterns = [
    path('', views.start),
    path('health', views.health),
    path('items', views.items),
    path('items/<int:number>', views.item),
]
