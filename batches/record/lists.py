"""The list of batches: what may be filtered, sorted and found."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.http import QueryDict

from batches.masters.models import Product
from batches.pooling.parts import pools_of
from batches.record.models import Batch
from batches.source.kinds import SourceKind
from batches.source.models import SourceLot
from batches.source.origins import made_of_further

PAGE_SIZE = 100
POOL = "pool"  # instead of a kind of source material
COLUMNS = (
    "id",
    "number",
    "status",
    "disposition",
    "opened_at",
    "product__code",
    "source_lot__kind",
    "source_lot__code",
    "further_lots",
    "opened_by__username",
    "submitted_at",
)
SORTS = {
    "newest": ("-id",),
    "oldest": ("id",),
    "number": ("number", "id"),
    "-number": ("-number", "-id"),
    "product": ("product__code", "-id"),
    "-product": ("-product__code", "-id"),
    "status": ("status", "-id"),
    "-status": ("-status", "-id"),
    "source": ("source_lot__kind", "-id"),
    "-source": ("-source_lot__kind", "-id"),
}


@dataclass(frozen=True)
class BatchSearch:
    """What a person asked the list for; unknown words in the address are left out."""

    words: str = ""
    status: str = ""
    product: str = ""
    source: str = ""
    disposition: str = ""
    sort: str = "newest"

    @classmethod
    def of(cls, sent: QueryDict) -> "BatchSearch":
        """Read the search out of an address."""
        return cls(
            words=sent.get("q", "").replace("\x00", "").strip()[:100],
            status=_known(sent.get("status"), Batch.Status.values),
            product=sent.get("product", "").replace("\x00", "")[:30],
            source=_known(sent.get("source"), [*SourceKind.values, POOL]),
            disposition=_known(sent.get("disposition"), [*Batch.Disposition.values, "undecided"]),
            sort=_known(sent.get("sort"), SORTS) or "newest",
        )

    @property
    def order(self) -> tuple[str, ...]:
        return SORTS[self.sort]

    @property
    def is_narrowed(self) -> bool:
        """Whether anything but the order was asked for."""
        return any((self.words, self.status, self.product, self.source, self.disposition))

    def rows(self) -> QuerySet[Batch, dict[str, Any]]:
        """The batches asked for, as plain rows of what the list shows."""
        found = Batch.objects.filter(self._where())
        if self.product:
            found = found.filter(product__in=Product.objects.filter(code=self.product))
        return found.values(*COLUMNS)

    def _where(self) -> Q:
        where = Q()
        for word in self.words.lower().split():
            where &= Q(search_text__contains=word)
        if self.status:
            where &= Q(status=self.status)
        if self.source:
            where &= Q(source_lot__isnull=True) if self.source == POOL else self._of_kind()
        if self.disposition:
            where &= Q(disposition="" if self.disposition == "undecided" else self.disposition)
        return where

    def _of_kind(self) -> Q:
        """Batches made of that kind of material, by any of their lots or through the parts of pools."""
        own = Q(source_lot__kind=self.source) | made_of_further(SourceLot.objects.filter(kind=self.source))
        taken = Batch.objects.filter(own, went_into__is_voided=False).order_by().values("pk")
        return own | Q(pk__in=pools_of(taken))


def _known(value: str | None, known: Any) -> str:
    return value if value and value in known else ""


def product_choices() -> list[tuple[str, str]]:
    """Products for the filter: (code, name)."""
    return list(Product.objects.order_by("code").values_list("code", "name")[:200])


def found_exactly(text: str) -> Batch | None:
    """The batch with that number, however it was typed or scanned."""
    return Batch.objects.filter(number=text.strip().upper()).first() or (
        Batch.objects.filter(number__iexact=text.strip()).first()
    )
