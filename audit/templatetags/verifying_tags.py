"""Tags that tell of verifying on pages of every room."""

from django import template

from audit.verifying.models import UnexplainedChange

register = template.Library()


@register.simple_tag
def unexplained_of(batch_number: str) -> list[UnexplainedChange]:
    """What stands in the way of the batch: its own unexplained changes and those above batches."""
    return list(UnexplainedChange.objects.blocking(batch_number)[:20])
