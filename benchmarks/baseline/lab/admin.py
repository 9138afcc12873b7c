"""The admin pages that are the baseline's screens."""

from django.contrib import admin
from import_export.admin import ExportMixin, ImportExportMixin
from simple_history.admin import SimpleHistoryAdmin

from benchmarks.baseline.lab.models import Batch, CellLine, Operator, Protocol, Result


class ResultInline(admin.TabularInline):
    """A batch's results, on its form."""

    model = Result
    extra = 0


@admin.register(Batch)
class BatchAdmin(ImportExportMixin, SimpleHistoryAdmin):
    """List, form and history of batches."""

    list_display = ("code", "protocol", "cell_line", "operator", "status", "date", "volume_ml")
    list_filter = ("status", "protocol", "cell_line", "operator")
    search_fields = ("code", "note", "protocol__name")
    list_per_page = 100
    inlines = (ResultInline,)


@admin.register(Batch.history.model)
class BatchChangeAdmin(ExportMixin, admin.ModelAdmin):
    """All changes of all batches."""

    list_display = ("history_date", "history_user", "history_type", "code", "status", "history_change_reason")
    list_filter = ("history_type",)
    list_per_page = 100
    ordering = ("-history_date", "-history_id")


admin.site.register([Protocol, CellLine, Operator])
