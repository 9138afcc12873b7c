"""Addresses of the batch record, in the order a batch travels."""

from django.urls import include, path

from batches.characterization import band_views, plate_views
from batches.characterization import views as characterization
from batches.isolation import views as isolation
from batches.record import views as record
from batches.source import harvest_views

urlpatterns = [
    path("batches/", record.batch_list, name="batch_list"),
    path("batches/open/", record.open_batch, name="open_batch"),
    path("find/", record.find, name="find"),
    path("batches/<str:number>/", record.batch, name="batch"),
    path("batches/<str:number>/submit/", record.submit, name="submit_batch"),
    path("batches/<str:number>/notes/", record.notes, name="batch_notes"),
    path("batches/<str:number>/harvest/", harvest_views.harvest, name="harvest"),
    path("batches/<str:number>/harvest/<int:position>/", harvest_views.harvest, name="harvest"),
    path("batches/<str:number>/harvests/add/", harvest_views.add_harvest, name="add_harvest"),
    path("batches/<str:number>/steps/add/", isolation.add_step, name="add_step"),
    path("batches/<str:number>/steps/<int:position>/", isolation.step, name="step"),
    path("batches/<str:number>/assays/add/", characterization.add_assay, name="add_assay"),
    path("batches/<str:number>/assays/<int:assay_number>/", characterization.assay, name="assay"),
    path("batches/<str:number>/assays/<int:assay_number>/plate/", plate_views.plate, name="plate"),
    path("batches/<str:number>/assays/<int:assay_number>/bands/", band_views.blot_bands, name="blot_bands"),
    path("micrographs/<int:pk>/preview.png", characterization.micrograph_preview, name="micrograph_preview"),
    path("files/<int:pk>/", record.original, name="file"),
    path("files/<int:pk>/preview.png", record.preview, name="file_preview"),
    path("", include("batches.files.urls")),
    path("", include("batches.source.urls")),
    path("", include("batches.materials.urls")),
    path("", include("batches.pooling.urls")),
    path("", include("batches.masters.urls")),
    path("", include("batches.specifications.urls")),
    path("", include("batches.stability.urls")),
    path("", include("batches.trends.urls")),
    path("", include("batches.reporting.urls")),
    path("", include("batches.pictures.urls")),
]
