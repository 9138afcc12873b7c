"""The example's batches for trends: enough of one product for frozen limits, and beads day by day."""

import pytest
from django.core.management import call_command

from batches.masters.models import Product
from batches.record.models import Batch
from batches.trends import pages
from batches.trends.models import ControlRun, FrozenLimits


@pytest.mark.django_db
def test_history_gives_a_product_charts_with_frozen_limits(capsys):
    call_command("example_data", batches=1, history=8)
    product = Product.objects.get(code="DAY-EV")
    assert Batch.objects.filter(product=product, status="approved").count() == 8
    cards = {card.trended.key: card for card in pages.cards_of(product)}
    frozen = {key for key, card in cards.items() if card.series.frozen}
    assert frozen == {"mode_nm", "particles_per_million_cells", "particles_per_ml"}
    assert {(len(card.series.points), card.others) for card in cards.values()} == {(8, 0)}
    beads = FrozenLimits.objects.get(product=None)
    assert (beads.size, ControlRun.objects.values("lot").distinct().count()) == (20, 2)
    assert "8 daily reference batches" in capsys.readouterr().out
