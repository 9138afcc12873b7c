"""Pools: master versions say what batches begin with, batches without a source lot, and their parts."""

import audit.bounds
import batches.quantities
import django.db.models.deletion
import simple_history.models
from decimal import Decimal
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("batches", "0022_files_that_stand_beside"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='HistoricalPoolPart',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('revision', models.PositiveIntegerField(default=0, editable=False)),
                ('position', batches.quantities.WholeNumberField(blank=True, editable=False, null=True, verbose_name='position')),
                ('volume_ml', batches.quantities.QuantityField(blank=True, decimal_places=4, max_digits=12, null=True, verbose_name='volume taken')),
                ('particles_per_ml', batches.quantities.QuantityField(blank=True, decimal_places=0, editable=False, max_digits=15, null=True, verbose_name='particles of the part when taken')),
                ('particles_from', batches.quantities.Words(blank=True, default='', editable=False, max_length=160, verbose_name='particles known from')),
                ('diluent', batches.quantities.Words(blank=True, default='', max_length=160, verbose_name='diluent added with it (name, lot)')),
                ('diluent_ml', batches.quantities.QuantityField(blank=True, decimal_places=4, max_digits=12, null=True, verbose_name='volume of the diluent')),
                ('notes', batches.quantities.LongWords(blank=True, default='', verbose_name='notes (container, thawing, mixing)')),
                ('added_at', models.DateTimeField(editable=False, verbose_name='added at')),
                ('is_voided', models.BooleanField(default=False, editable=False, verbose_name='voided')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField()),
                ('history_change_reason', models.TextField(null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
            ],
            options={
                'verbose_name': 'historical part of a pool',
                'verbose_name_plural': 'historical part of a pools',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='PoolPart',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('revision', models.PositiveIntegerField(default=0, editable=False)),
                ('position', batches.quantities.WholeNumberField(blank=True, editable=False, null=True, verbose_name='position')),
                ('volume_ml', batches.quantities.QuantityField(blank=True, decimal_places=4, max_digits=12, null=True, verbose_name='volume taken')),
                ('particles_per_ml', batches.quantities.QuantityField(blank=True, decimal_places=0, editable=False, max_digits=15, null=True, verbose_name='particles of the part when taken')),
                ('particles_from', batches.quantities.Words(blank=True, default='', editable=False, max_length=160, verbose_name='particles known from')),
                ('diluent', batches.quantities.Words(blank=True, default='', max_length=160, verbose_name='diluent added with it (name, lot)')),
                ('diluent_ml', batches.quantities.QuantityField(blank=True, decimal_places=4, max_digits=12, null=True, verbose_name='volume of the diluent')),
                ('notes', batches.quantities.LongWords(blank=True, default='', verbose_name='notes (container, thawing, mixing)')),
                ('added_at', models.DateTimeField(editable=False, verbose_name='added at')),
                ('is_voided', models.BooleanField(default=False, editable=False, verbose_name='voided')),
            ],
            options={
                'verbose_name': 'part of a pool',
                'ordering': ('position', 'id'),
                'base_manager_name': 'objects',
            },
        ),
        migrations.AddField(
            model_name='historicalmasterversion',
            name='begins_with',
            field=batches.quantities.Words(blank=True, choices=[('', 'Source material'), ('batches', 'Released batches (a pool)')], default='', max_length=10, verbose_name='begins with'),
        ),
        migrations.AddField(
            model_name='masterversion',
            name='begins_with',
            field=batches.quantities.Words(blank=True, choices=[('', 'Source material'), ('batches', 'Released batches (a pool)')], default='', max_length=10, verbose_name='begins with'),
        ),
        migrations.AlterField(
            model_name='batch',
            name='source_lot',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='batches', to='batches.sourcelot'),
        ),
        migrations.AddConstraint(
            model_name='masterversion',
            constraint=audit.bounds.FieldRule(condition=models.Q(('begins_with__in', ['', 'batches', ''])), name='masterversion_begins_with_known'),
        ),
        migrations.AddField(
            model_name='historicalpoolpart',
            name='added_by',
            field=models.ForeignKey(blank=True, db_constraint=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='historicalpoolpart',
            name='history_user',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='historicalpoolpart',
            name='part',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='batches.batch', verbose_name='batch'),
        ),
        migrations.AddField(
            model_name='historicalpoolpart',
            name='pool',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='batches.batch'),
        ),
        migrations.AddField(
            model_name='poolpart',
            name='added_by',
            field=models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='poolpart',
            name='part',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='went_into', to='batches.batch', verbose_name='batch'),
        ),
        migrations.AddField(
            model_name='poolpart',
            name='pool',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='parts', to='batches.batch'),
        ),
        migrations.AddConstraint(
            model_name='poolpart',
            constraint=models.UniqueConstraint(fields=('pool', 'position'), name='poolpart_position_once'),
        ),
        migrations.AddConstraint(
            model_name='poolpart',
            constraint=models.UniqueConstraint(condition=models.Q(('is_voided', False)), fields=('pool', 'part'), name='poolpart_batch_once', violation_error_message='This batch is a part of the pool already: correct its volume.'),
        ),
        migrations.AddConstraint(
            model_name='poolpart',
            constraint=models.CheckConstraint(condition=models.Q(('pool', models.F('part')), _negated=True), name='poolpart_of_another_batch', violation_error_message="A pool can't be a part of itself."),
        ),
        migrations.AddConstraint(
            model_name='poolpart',
            constraint=models.CheckConstraint(condition=models.Q(('diluent_ml__isnull', True), models.Q(('diluent', ''), _negated=True), _connector='OR'), name='poolpart_diluent_is_named', violation_error_message='Say what the part was diluted with.'),
        ),
        migrations.AddConstraint(
            model_name='poolpart',
            constraint=audit.bounds.FieldRule(condition=models.Q(('position__gte', Decimal('1')), ('position__lte', Decimal('999'))), name='poolpart_position_possible', violation_error_message='Position must be from 1 to 999.'),
        ),
        migrations.AddConstraint(
            model_name='poolpart',
            constraint=audit.bounds.FieldRule(condition=models.Q(models.Q(('volume_ml__gte', Decimal('0.0001')), ('volume_ml__lte', Decimal('1000000'))), ('volume_ml__isnull', True), _connector='OR'), name='poolpart_volume_ml_possible', violation_error_message='Volume taken must be from 0.0001 to 1000000 mL.'),
        ),
        migrations.AddConstraint(
            model_name='poolpart',
            constraint=audit.bounds.FieldRule(condition=models.Q(models.Q(('particles_per_ml__gte', Decimal('0')), ('particles_per_ml__lte', Decimal('1E+15'))), ('particles_per_ml__isnull', True), _connector='OR'), name='poolpart_particles_per_ml_possible', violation_error_message='Particles of the part when taken must be from 0 to 1e15 /mL.'),
        ),
        migrations.AddConstraint(
            model_name='poolpart',
            constraint=audit.bounds.FieldRule(condition=models.Q(('particles_from__length__lte', 160)), name='poolpart_particles_from_length', violation_error_message='Particles known from is too long (160 characters at most).'),
        ),
        migrations.AddConstraint(
            model_name='poolpart',
            constraint=audit.bounds.FieldRule(condition=models.Q(('diluent__length__lte', 160)), name='poolpart_diluent_length', violation_error_message='Diluent added with it (name, lot) is too long (160 characters at most).'),
        ),
        migrations.AddConstraint(
            model_name='poolpart',
            constraint=audit.bounds.FieldRule(condition=models.Q(models.Q(('diluent_ml__gte', Decimal('0.0001')), ('diluent_ml__lte', Decimal('1000000'))), ('diluent_ml__isnull', True), _connector='OR'), name='poolpart_diluent_ml_possible', violation_error_message='Volume of the diluent must be from 0.0001 to 1000000 mL.'),
        ),
        migrations.AddConstraint(
            model_name='poolpart',
            constraint=audit.bounds.FieldRule(condition=models.Q(('notes__length__lte', 10000)), name='poolpart_notes_length', violation_error_message='Notes (container, thawing, mixing) is too long (10000 characters at most).'),
        ),
    ]
