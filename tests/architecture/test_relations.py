"""Foreign keys written as strings are invisible to the import contracts; here they are walked."""

from django.apps import apps
from django.contrib.contenttypes.fields import GenericForeignKey
from django.db.models import Model

from .house import height


def _ours() -> list[type[Model]]:
    every = apps.get_models(include_auto_created=True)
    return [model for model in every if model.__module__.startswith("conglang.portal.")]


def test_no_relation_points_to_a_higher_layer() -> None:
    upward = [
        f"{model._meta.label}.{field.name} -> {field.related_model._meta.label}"
        for model in _ours()
        for field in (*model._meta.local_fields, *model._meta.local_many_to_many)
        if field.is_relation
        and isinstance(field.related_model, type)
        and field.related_model.__module__.startswith("conglang.")
        and height(field.related_model.__module__) > height(model.__module__)
    ]

    assert not upward, "These relations let a lower layer know a higher one: " + ", ".join(upward)


def test_no_model_of_ours_points_at_anything_whatever() -> None:
    """A generic foreign key may point upward without anyone seeing it, so there is none."""
    generic = [
        f"{model._meta.label}.{field.name}"
        for model in _ours()
        for field in model._meta.private_fields
        if isinstance(field, GenericForeignKey)
    ]

    assert not generic, "Name the model instead: " + ", ".join(generic)


def test_every_model_of_ours_lives_in_a_package_of_the_map() -> None:
    assert all(height(model.__module__) for model in _ours())
