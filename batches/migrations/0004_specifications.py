"""Specifications of their own, versioned and signed; a master version names one of them."""

import audit.bounds
import batches.quantities
import django.core.validators
import django.db.models.deletion
import simple_history.models
from decimal import Decimal
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('batches', '0003_index_the_queue'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='SpecificationCriterion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('revision', models.PositiveIntegerField(default=0, editable=False)),
                ('target', batches.quantities.QuantityField(blank=True, decimal_places=4, max_digits=19, null=True, verbose_name='target')),
                ('action_low', batches.quantities.QuantityField(blank=True, decimal_places=4, max_digits=19, null=True, verbose_name='accept from')),
                ('action_high', batches.quantities.QuantityField(blank=True, decimal_places=4, max_digits=19, null=True, verbose_name='accept to')),
                ('alert_low', batches.quantities.QuantityField(blank=True, decimal_places=4, max_digits=19, null=True, verbose_name='alert below')),
                ('alert_high', batches.quantities.QuantityField(blank=True, decimal_places=4, max_digits=19, null=True, verbose_name='alert above')),
                ('low_included', models.BooleanField(default=True, verbose_name='lower edge is inside')),
                ('high_included', models.BooleanField(default=True, verbose_name='upper edge is inside')),
                ('position', batches.quantities.WholeNumberField(blank=True, null=True, verbose_name='position')),
                ('attribute', batches.quantities.Words(blank=True, default='', max_length=90, verbose_name='attribute')),
                ('kind', batches.quantities.Words(blank=True, choices=[('release', 'Release'), ('alert', 'Alert'), ('report', 'Report only')], default='release', max_length=10, verbose_name='counts as')),
                ('operator', batches.quantities.Words(blank=True, choices=[('range', 'A number in a range'), ('equals', 'Equals'), ('one_of', 'One of several'), ('detected', 'Detected'), ('not_detected', 'Not detected'), ('n_of_m', 'So many of several')], default='range', max_length=14, verbose_name='judged by')),
                ('expected', batches.quantities.Words(blank=True, default='', max_length=500, verbose_name='accepted values or markers')),
                ('at_least', batches.quantities.WholeNumberField(blank=True, null=True, verbose_name='at least')),
                ('replicates', batches.quantities.Words(blank=True, choices=[('mean', 'Their mean, or all of them together'), ('each', 'Each of them'), ('n_of_m', 'So many of them')], default='mean', max_length=10, verbose_name='of replicates')),
                ('replicates_needed', batches.quantities.WholeNumberField(blank=True, null=True, verbose_name='replicates that must pass')),
                ('retest', batches.quantities.Words(blank=True, choices=[('none', 'No retest'), ('all_pass', 'Retests, all of which must pass')], default='none', max_length=10, verbose_name='after a failure')),
                ('retests_needed', batches.quantities.WholeNumberField(blank=True, null=True, verbose_name='retests')),
                ('is_dropped', models.BooleanField(default=False, verbose_name='dropped from this draft')),
            ],
            options={
                'verbose_name': 'criterion of a specification',
                'ordering': ('position', 'id'),
                'base_manager_name': 'objects',
            },
        ),
        migrations.CreateModel(
            name='SpecificationSignature',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('revision', models.PositiveIntegerField(default=0, editable=False)),
                ('meaning', batches.quantities.Words(blank=True, choices=[('specification_approved', 'Specification approved')], default='', max_length=30, verbose_name='meaning')),
                ('comment', batches.quantities.LongWords(blank=True, default='', verbose_name='comment')),
                ('signed_at', models.DateTimeField(verbose_name='signed at')),
                ('printed_name', batches.quantities.Words(blank=True, default='', max_length=150, verbose_name='printed name')),
                ('username', batches.quantities.Words(blank=True, default='', max_length=60, verbose_name='user name')),
                ('role', batches.quantities.Words(blank=True, default='', max_length=20, verbose_name='role')),
                ('time_zone', batches.quantities.Words(blank=True, default='', max_length=60, verbose_name='time zone')),
                ('means', batches.quantities.Words(blank=True, default='', max_length=40, verbose_name='identity proved by')),
                ('sha256', batches.quantities.Words(blank=True, default='', max_length=64, verbose_name='SHA-256 of the content')),
            ],
            options={
                'verbose_name': 'signature on a specification',
                'ordering': ('id',),
                'base_manager_name': 'objects',
            },
        ),
        migrations.CreateModel(
            name='SpecificationVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('revision', models.PositiveIntegerField(default=0, editable=False)),
                ('number', models.PositiveIntegerField(verbose_name='version')),
                ('status', batches.quantities.Words(blank=True, choices=[('draft', 'Draft'), ('in_review', 'In review'), ('approved', 'Approved'), ('effective', 'Effective'), ('retired', 'Retired')], default='draft', max_length=12)),
                ('change_note', batches.quantities.LongWords(blank=True, default='', verbose_name='what changed and why')),
                ('prepared_at', models.DateTimeField(editable=False, verbose_name='prepared at')),
                ('submitted_at', models.DateTimeField(editable=False, null=True, verbose_name='submitted at')),
                ('sent_back_at', models.DateTimeField(editable=False, null=True, verbose_name='sent back at')),
                ('sent_back_words', batches.quantities.LongWords(blank=True, default='', verbose_name='why it was sent back')),
                ('approved_at', models.DateTimeField(editable=False, null=True, verbose_name='approved at')),
                ('effective_at', models.DateTimeField(editable=False, null=True, verbose_name='effective at')),
                ('retired_at', models.DateTimeField(editable=False, null=True, verbose_name='retired at')),
                ('retired_words', batches.quantities.LongWords(blank=True, default='', verbose_name='why it was retired')),
            ],
            options={
                'verbose_name': 'version of a specification',
                'ordering': ('specification', '-number'),
                'base_manager_name': 'objects',
            },
        ),
        migrations.AlterField(
            model_name='historicalmasterversion',
            name='specification_code',
            field=batches.quantities.Words(blank=True, default='', max_length=40, verbose_name='code of its own specification'),
        ),
        migrations.AlterField(
            model_name='masterversion',
            name='specification_code',
            field=batches.quantities.Words(blank=True, default='', max_length=40, verbose_name='code of its own specification'),
        ),
        migrations.CreateModel(
            name='HistoricalSpecification',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('revision', models.PositiveIntegerField(default=0, editable=False)),
                ('code', batches.quantities.Words(blank=True, db_index=True, default='', max_length=40, validators=[django.core.validators.RegexValidator('^[A-Z0-9][A-Z0-9-]*\\Z', 'Capital letters, digits and dashes only.')], verbose_name='code')),
                ('title', batches.quantities.Words(blank=True, default='', max_length=160, verbose_name='title')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField()),
                ('history_change_reason', models.TextField(null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('product', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='batches.product')),
            ],
            options={
                'verbose_name': 'historical specification',
                'verbose_name_plural': 'historical specifications',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalSpecificationCriterion',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('revision', models.PositiveIntegerField(default=0, editable=False)),
                ('target', batches.quantities.QuantityField(blank=True, decimal_places=4, max_digits=19, null=True, verbose_name='target')),
                ('action_low', batches.quantities.QuantityField(blank=True, decimal_places=4, max_digits=19, null=True, verbose_name='accept from')),
                ('action_high', batches.quantities.QuantityField(blank=True, decimal_places=4, max_digits=19, null=True, verbose_name='accept to')),
                ('alert_low', batches.quantities.QuantityField(blank=True, decimal_places=4, max_digits=19, null=True, verbose_name='alert below')),
                ('alert_high', batches.quantities.QuantityField(blank=True, decimal_places=4, max_digits=19, null=True, verbose_name='alert above')),
                ('low_included', models.BooleanField(default=True, verbose_name='lower edge is inside')),
                ('high_included', models.BooleanField(default=True, verbose_name='upper edge is inside')),
                ('position', batches.quantities.WholeNumberField(blank=True, null=True, verbose_name='position')),
                ('attribute', batches.quantities.Words(blank=True, default='', max_length=90, verbose_name='attribute')),
                ('kind', batches.quantities.Words(blank=True, choices=[('release', 'Release'), ('alert', 'Alert'), ('report', 'Report only')], default='release', max_length=10, verbose_name='counts as')),
                ('operator', batches.quantities.Words(blank=True, choices=[('range', 'A number in a range'), ('equals', 'Equals'), ('one_of', 'One of several'), ('detected', 'Detected'), ('not_detected', 'Not detected'), ('n_of_m', 'So many of several')], default='range', max_length=14, verbose_name='judged by')),
                ('expected', batches.quantities.Words(blank=True, default='', max_length=500, verbose_name='accepted values or markers')),
                ('at_least', batches.quantities.WholeNumberField(blank=True, null=True, verbose_name='at least')),
                ('replicates', batches.quantities.Words(blank=True, choices=[('mean', 'Their mean, or all of them together'), ('each', 'Each of them'), ('n_of_m', 'So many of them')], default='mean', max_length=10, verbose_name='of replicates')),
                ('replicates_needed', batches.quantities.WholeNumberField(blank=True, null=True, verbose_name='replicates that must pass')),
                ('retest', batches.quantities.Words(blank=True, choices=[('none', 'No retest'), ('all_pass', 'Retests, all of which must pass')], default='none', max_length=10, verbose_name='after a failure')),
                ('retests_needed', batches.quantities.WholeNumberField(blank=True, null=True, verbose_name='retests')),
                ('is_dropped', models.BooleanField(default=False, verbose_name='dropped from this draft')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField()),
                ('history_change_reason', models.TextField(null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'historical criterion of a specification',
                'verbose_name_plural': 'historical criterion of a specifications',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalSpecificationSignature',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('revision', models.PositiveIntegerField(default=0, editable=False)),
                ('meaning', batches.quantities.Words(blank=True, choices=[('specification_approved', 'Specification approved')], default='', max_length=30, verbose_name='meaning')),
                ('comment', batches.quantities.LongWords(blank=True, default='', verbose_name='comment')),
                ('signed_at', models.DateTimeField(verbose_name='signed at')),
                ('printed_name', batches.quantities.Words(blank=True, default='', max_length=150, verbose_name='printed name')),
                ('username', batches.quantities.Words(blank=True, default='', max_length=60, verbose_name='user name')),
                ('role', batches.quantities.Words(blank=True, default='', max_length=20, verbose_name='role')),
                ('time_zone', batches.quantities.Words(blank=True, default='', max_length=60, verbose_name='time zone')),
                ('means', batches.quantities.Words(blank=True, default='', max_length=40, verbose_name='identity proved by')),
                ('sha256', batches.quantities.Words(blank=True, default='', max_length=64, verbose_name='SHA-256 of the content')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField()),
                ('history_change_reason', models.TextField(null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('signed_by', models.ForeignKey(blank=True, db_constraint=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'historical signature on a specification',
                'verbose_name_plural': 'historical signature on a specifications',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='Specification',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('revision', models.PositiveIntegerField(default=0, editable=False)),
                ('code', batches.quantities.Words(blank=True, default='', max_length=40, unique=True, validators=[django.core.validators.RegexValidator('^[A-Z0-9][A-Z0-9-]*\\Z', 'Capital letters, digits and dashes only.')], verbose_name='code')),
                ('title', batches.quantities.Words(blank=True, default='', max_length=160, verbose_name='title')),
                ('product', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='specifications', to='batches.product')),
            ],
            options={
                'ordering': ('code',),
                'base_manager_name': 'objects',
            },
        ),
        migrations.CreateModel(
            name='HistoricalSpecificationVersion',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('revision', models.PositiveIntegerField(default=0, editable=False)),
                ('number', models.PositiveIntegerField(verbose_name='version')),
                ('status', batches.quantities.Words(blank=True, choices=[('draft', 'Draft'), ('in_review', 'In review'), ('approved', 'Approved'), ('effective', 'Effective'), ('retired', 'Retired')], default='draft', max_length=12)),
                ('change_note', batches.quantities.LongWords(blank=True, default='', verbose_name='what changed and why')),
                ('prepared_at', models.DateTimeField(editable=False, verbose_name='prepared at')),
                ('submitted_at', models.DateTimeField(editable=False, null=True, verbose_name='submitted at')),
                ('sent_back_at', models.DateTimeField(editable=False, null=True, verbose_name='sent back at')),
                ('sent_back_words', batches.quantities.LongWords(blank=True, default='', verbose_name='why it was sent back')),
                ('approved_at', models.DateTimeField(editable=False, null=True, verbose_name='approved at')),
                ('effective_at', models.DateTimeField(editable=False, null=True, verbose_name='effective at')),
                ('retired_at', models.DateTimeField(editable=False, null=True, verbose_name='retired at')),
                ('retired_words', batches.quantities.LongWords(blank=True, default='', verbose_name='why it was retired')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField()),
                ('history_change_reason', models.TextField(null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('approved_by', models.ForeignKey(blank=True, db_constraint=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('effective_by', models.ForeignKey(blank=True, db_constraint=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('prepared_by', models.ForeignKey(blank=True, db_constraint=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('retired_by', models.ForeignKey(blank=True, db_constraint=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('sent_back_by', models.ForeignKey(blank=True, db_constraint=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('submitted_by', models.ForeignKey(blank=True, db_constraint=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('specification', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='batches.specification')),
            ],
            options={
                'verbose_name': 'historical version of a specification',
                'verbose_name_plural': 'historical version of a specifications',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.AddField(
            model_name='historicalmasterversion',
            name='specification',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='batches.specification'),
        ),
        migrations.AddField(
            model_name='masterversion',
            name='specification',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='master_versions', to='batches.specification'),
        ),
        migrations.AddConstraint(
            model_name='masterversion',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('specification__isnull', False), ('specification_code', '')), models.Q(('specification__isnull', True), models.Q(('specification_code', ''), _negated=True)), _connector='OR'), name='masterversion_one_specification', violation_error_message='A version names a specification.'),
        ),
        migrations.AlterConstraint(
            model_name='masterversion',
            name='masterversion_specification_code_length',
            constraint=audit.bounds.FieldRule(condition=models.Q(('specification_code__length__lte', 40)), name='masterversion_specification_code_length', violation_error_message='Code of its own specification is too long (40 characters at most).'),
        ),
        migrations.AddField(
            model_name='specificationsignature',
            name='signed_by',
            field=models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='specificationversion',
            name='approved_by',
            field=models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='specificationversion',
            name='effective_by',
            field=models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='specificationversion',
            name='prepared_by',
            field=models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='specificationversion',
            name='retired_by',
            field=models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='specificationversion',
            name='sent_back_by',
            field=models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='specificationversion',
            name='specification',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='versions', to='batches.specification'),
        ),
        migrations.AddField(
            model_name='specificationversion',
            name='submitted_by',
            field=models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='specificationsignature',
            name='version',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='signatures', to='batches.specificationversion'),
        ),
        migrations.AddField(
            model_name='specificationcriterion',
            name='version',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='criteria', to='batches.specificationversion'),
        ),
        migrations.AddField(
            model_name='historicalspecificationsignature',
            name='version',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='batches.specificationversion'),
        ),
        migrations.AddField(
            model_name='historicalspecificationcriterion',
            name='version',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='batches.specificationversion'),
        ),
        migrations.AddConstraint(
            model_name='specification',
            constraint=audit.bounds.FieldRule(condition=models.Q(('code__length__lte', 40)), name='specification_code_length', violation_error_message='Code is too long (40 characters at most).'),
        ),
        migrations.AddConstraint(
            model_name='specification',
            constraint=audit.bounds.FieldRule(condition=models.Q(('title__length__lte', 160)), name='specification_title_length', violation_error_message='Title is too long (160 characters at most).'),
        ),
        migrations.AddConstraint(
            model_name='specificationversion',
            constraint=models.UniqueConstraint(fields=('specification', 'number'), name='specversion_number_once'),
        ),
        migrations.AddConstraint(
            model_name='specificationversion',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'effective')), fields=('specification',), name='specversion_one_effective', violation_error_message='Another version of this specification is effective.'),
        ),
        migrations.AddConstraint(
            model_name='specificationversion',
            constraint=models.UniqueConstraint(condition=models.Q(('status__in', ['draft', 'in_review', 'approved'])), fields=('specification',), name='specversion_one_on_the_way', violation_error_message='Another version of this specification is on its way already.'),
        ),
        migrations.AddConstraint(
            model_name='specificationversion',
            constraint=models.CheckConstraint(condition=models.Q(('status', 'draft'), ('submitted_by__isnull', False), _connector='OR'), name='specversion_review_is_submitted'),
        ),
        migrations.AddConstraint(
            model_name='specificationversion',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('approved_by__isnull', True), ('status__in', ['draft', 'in_review'])), models.Q(('approved_by__isnull', False), ('status__in', ['approved', 'effective', 'retired'])), _connector='OR'), name='specversion_approved_by_somebody'),
        ),
        migrations.AddConstraint(
            model_name='specificationversion',
            constraint=models.CheckConstraint(condition=models.Q(('approved_by__isnull', True), models.Q(models.Q(('approved_by', models.F('prepared_by')), _negated=True), models.Q(('approved_by', models.F('submitted_by')), _negated=True)), _connector='OR'), name='specversion_two_people', violation_error_message='A specification is approved by somebody who did not prepare it.'),
        ),
        migrations.AddConstraint(
            model_name='specificationversion',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'effective'), _negated=True), ('effective_by__isnull', False), _connector='OR'), name='specversion_effective_by_somebody'),
        ),
        migrations.AddConstraint(
            model_name='specificationversion',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('retired_by__isnull', False), ('status', 'retired'), models.Q(('retired_words', ''), _negated=True)), models.Q(models.Q(('status', 'retired'), _negated=True), ('retired_by__isnull', True)), _connector='OR'), name='specversion_retired_with_words', violation_error_message='Say why the version is retired.'),
        ),
        migrations.AddConstraint(
            model_name='specificationversion',
            constraint=audit.bounds.FieldRule(condition=models.Q(('status__in', ['draft', 'in_review', 'approved', 'effective', 'retired'])), name='specificationversion_status_known'),
        ),
        migrations.AddConstraint(
            model_name='specificationversion',
            constraint=audit.bounds.FieldRule(condition=models.Q(('change_note__length__lte', 10000)), name='specificationversion_change_note_length', violation_error_message='What changed and why is too long (10000 characters at most).'),
        ),
        migrations.AddConstraint(
            model_name='specificationversion',
            constraint=audit.bounds.FieldRule(condition=models.Q(models.Q(('submitted_at__isnull', True), ('submitted_by__isnull', True)), models.Q(('submitted_at__isnull', False), ('submitted_by__isnull', False)), _connector='OR'), name='specificationversion_submitted_at_with_by'),
        ),
        migrations.AddConstraint(
            model_name='specificationversion',
            constraint=audit.bounds.FieldRule(condition=models.Q(models.Q(('sent_back_at__isnull', True), ('sent_back_by__isnull', True)), models.Q(('sent_back_at__isnull', False), ('sent_back_by__isnull', False)), _connector='OR'), name='specificationversion_sent_back_at_with_by'),
        ),
        migrations.AddConstraint(
            model_name='specificationversion',
            constraint=audit.bounds.FieldRule(condition=models.Q(('sent_back_words__length__lte', 10000)), name='specificationversion_sent_back_words_length', violation_error_message='Why it was sent back is too long (10000 characters at most).'),
        ),
        migrations.AddConstraint(
            model_name='specificationversion',
            constraint=audit.bounds.FieldRule(condition=models.Q(models.Q(('approved_at__isnull', True), ('approved_by__isnull', True)), models.Q(('approved_at__isnull', False), ('approved_by__isnull', False)), _connector='OR'), name='specificationversion_approved_at_with_by'),
        ),
        migrations.AddConstraint(
            model_name='specificationversion',
            constraint=audit.bounds.FieldRule(condition=models.Q(models.Q(('effective_at__isnull', True), ('effective_by__isnull', True)), models.Q(('effective_at__isnull', False), ('effective_by__isnull', False)), _connector='OR'), name='specificationversion_effective_at_with_by'),
        ),
        migrations.AddConstraint(
            model_name='specificationversion',
            constraint=audit.bounds.FieldRule(condition=models.Q(models.Q(('retired_at__isnull', True), ('retired_by__isnull', True)), models.Q(('retired_at__isnull', False), ('retired_by__isnull', False)), _connector='OR'), name='specificationversion_retired_at_with_by'),
        ),
        migrations.AddConstraint(
            model_name='specificationversion',
            constraint=audit.bounds.FieldRule(condition=models.Q(('retired_words__length__lte', 10000)), name='specificationversion_retired_words_length', violation_error_message='Why it was retired is too long (10000 characters at most).'),
        ),
        migrations.AddConstraint(
            model_name='specificationsignature',
            constraint=models.UniqueConstraint(fields=('version', 'meaning'), name='specsignature_once_a_meaning'),
        ),
        migrations.AddConstraint(
            model_name='specificationsignature',
            constraint=audit.bounds.FieldRule(condition=models.Q(('meaning__in', ['specification_approved'])), name='specificationsignature_meaning_known'),
        ),
        migrations.AddConstraint(
            model_name='specificationsignature',
            constraint=audit.bounds.FieldRule(condition=models.Q(('comment__length__lte', 10000)), name='specificationsignature_comment_length', violation_error_message='Comment is too long (10000 characters at most).'),
        ),
        migrations.AddConstraint(
            model_name='specificationsignature',
            constraint=audit.bounds.FieldRule(condition=models.Q(('printed_name__length__lte', 150)), name='specificationsignature_printed_name_length', violation_error_message='Printed name is too long (150 characters at most).'),
        ),
        migrations.AddConstraint(
            model_name='specificationsignature',
            constraint=audit.bounds.FieldRule(condition=models.Q(('username__length__lte', 60)), name='specificationsignature_username_length', violation_error_message='User name is too long (60 characters at most).'),
        ),
        migrations.AddConstraint(
            model_name='specificationsignature',
            constraint=audit.bounds.FieldRule(condition=models.Q(('role__length__lte', 20)), name='specificationsignature_role_length', violation_error_message='Role is too long (20 characters at most).'),
        ),
        migrations.AddConstraint(
            model_name='specificationsignature',
            constraint=audit.bounds.FieldRule(condition=models.Q(('time_zone__length__lte', 60)), name='specificationsignature_time_zone_length', violation_error_message='Time zone is too long (60 characters at most).'),
        ),
        migrations.AddConstraint(
            model_name='specificationsignature',
            constraint=audit.bounds.FieldRule(condition=models.Q(('means__length__lte', 40)), name='specificationsignature_means_length', violation_error_message='Identity proved by is too long (40 characters at most).'),
        ),
        migrations.AddConstraint(
            model_name='specificationsignature',
            constraint=audit.bounds.FieldRule(condition=models.Q(('sha256__length__lte', 64)), name='specificationsignature_sha256_length', violation_error_message='Sha-256 of the content is too long (64 characters at most).'),
        ),
        migrations.AddConstraint(
            model_name='specificationcriterion',
            constraint=models.UniqueConstraint(condition=models.Q(('is_dropped', False)), fields=('version', 'attribute', 'operator', 'expected'), name='speccriterion_once', violation_error_message='This attribute has such a criterion already: change that one.'),
        ),
        migrations.AddConstraint(
            model_name='specificationcriterion',
            constraint=models.CheckConstraint(condition=models.Q(('action_low__isnull', True), ('action_high__isnull', True), ('action_low__lte', models.F('action_high')), _connector='OR'), name='speccriterion_in_order', violation_error_message="'Accept to' must not be below 'accept from'."),
        ),
        migrations.AddConstraint(
            model_name='specificationcriterion',
            constraint=models.CheckConstraint(condition=models.Q(('action_low__isnull', True), ('action_high__isnull', True), models.Q(('action_low', models.F('action_high')), _negated=True), models.Q(('high_included', True), ('low_included', True)), _connector='OR'), name='speccriterion_accepts_something', violation_error_message='Both edges are the same and one is outside: no value is accepted.'),
        ),
        migrations.AddConstraint(
            model_name='specificationcriterion',
            constraint=models.CheckConstraint(condition=models.Q(('alert_low__isnull', True), ('alert_high__isnull', True), ('alert_low__lte', models.F('alert_high')), _connector='OR'), name='speccriterion_alerts_in_order', violation_error_message="'Alert above' must not be below 'alert below'."),
        ),
        migrations.AddConstraint(
            model_name='specificationcriterion',
            constraint=models.CheckConstraint(condition=models.Q(('operator', 'range'), models.Q(('action_high__isnull', True), ('action_low__isnull', True), ('alert_high__isnull', True), ('alert_low__isnull', True), ('high_included', True), ('low_included', True), ('target__isnull', True)), _connector='OR'), name='speccriterion_numbers_of_a_range', violation_error_message='Only a range has numbers and edges.'),
        ),
        migrations.AddConstraint(
            model_name='specificationcriterion',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('expected', ''), ('operator', 'range')), ('operator__in', ['detected', 'not_detected']), models.Q(('operator__in', ['equals', 'one_of', 'n_of_m']), models.Q(('expected', ''), _negated=True)), _connector='OR'), name='speccriterion_names', violation_error_message='A range has no names; the other rules need them.'),
        ),
        migrations.AddConstraint(
            model_name='specificationcriterion',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('operator', 'range'), _negated=True), ('kind', 'report'), ('action_low__isnull', False), ('action_high__isnull', False), models.Q(('kind', 'alert'), models.Q(('alert_low__isnull', False), ('alert_high__isnull', False), _connector='OR')), _connector='OR'), name='speccriterion_says_what', violation_error_message='Say which numbers are accepted.'),
        ),
        migrations.AddConstraint(
            model_name='specificationcriterion',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('at_least__isnull', False), ('operator', 'n_of_m')), models.Q(models.Q(('operator', 'n_of_m'), _negated=True), ('at_least__isnull', True)), _connector='OR'), name='speccriterion_at_least', violation_error_message="'At least' belongs to 'so many of several' only."),
        ),
        migrations.AddConstraint(
            model_name='specificationcriterion',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('replicates', 'n_of_m'), ('replicates_needed__isnull', False)), models.Q(models.Q(('replicates', 'n_of_m'), _negated=True), ('replicates_needed__isnull', True)), _connector='OR'), name='speccriterion_replicates', violation_error_message="A number of replicates belongs to 'so many of them' only."),
        ),
        migrations.AddConstraint(
            model_name='specificationcriterion',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('retest', 'all_pass'), ('retests_needed__isnull', False)), models.Q(('retest', 'none'), ('retests_needed__isnull', True)), _connector='OR'), name='speccriterion_retests', violation_error_message="A number of retests belongs to 'retests' only."),
        ),
        migrations.AddConstraint(
            model_name='specificationcriterion',
            constraint=audit.bounds.FieldRule(condition=models.Q(('position__gte', Decimal('1')), ('position__lte', Decimal('99'))), name='specificationcriterion_position_possible', violation_error_message='Position must be from 1 to 99.'),
        ),
        migrations.AddConstraint(
            model_name='specificationcriterion',
            constraint=audit.bounds.FieldRule(condition=models.Q(('attribute__length__lte', 90)), name='specificationcriterion_attribute_length', violation_error_message='Attribute is too long (90 characters at most).'),
        ),
        migrations.AddConstraint(
            model_name='specificationcriterion',
            constraint=audit.bounds.FieldRule(condition=models.Q(('kind__in', ['release', 'alert', 'report'])), name='specificationcriterion_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='specificationcriterion',
            constraint=audit.bounds.FieldRule(condition=models.Q(('operator__in', ['range', 'equals', 'one_of', 'detected', 'not_detected', 'n_of_m'])), name='specificationcriterion_operator_known'),
        ),
        migrations.AddConstraint(
            model_name='specificationcriterion',
            constraint=audit.bounds.FieldRule(condition=models.Q(('expected__length__lte', 500)), name='specificationcriterion_expected_length', violation_error_message='Accepted values or markers is too long (500 characters at most).'),
        ),
        migrations.AddConstraint(
            model_name='specificationcriterion',
            constraint=audit.bounds.FieldRule(condition=models.Q(models.Q(('at_least__gte', Decimal('1')), ('at_least__lte', Decimal('50'))), ('at_least__isnull', True), _connector='OR'), name='specificationcriterion_at_least_possible', violation_error_message='At least must be from 1 to 50.'),
        ),
        migrations.AddConstraint(
            model_name='specificationcriterion',
            constraint=audit.bounds.FieldRule(condition=models.Q(('replicates__in', ['mean', 'each', 'n_of_m'])), name='specificationcriterion_replicates_known'),
        ),
        migrations.AddConstraint(
            model_name='specificationcriterion',
            constraint=audit.bounds.FieldRule(condition=models.Q(models.Q(('replicates_needed__gte', Decimal('1')), ('replicates_needed__lte', Decimal('50'))), ('replicates_needed__isnull', True), _connector='OR'), name='specificationcriterion_replicates_needed_possible', violation_error_message='Replicates that must pass must be from 1 to 50.'),
        ),
        migrations.AddConstraint(
            model_name='specificationcriterion',
            constraint=audit.bounds.FieldRule(condition=models.Q(('retest__in', ['none', 'all_pass'])), name='specificationcriterion_retest_known'),
        ),
        migrations.AddConstraint(
            model_name='specificationcriterion',
            constraint=audit.bounds.FieldRule(condition=models.Q(models.Q(('retests_needed__gte', Decimal('1')), ('retests_needed__lte', Decimal('10'))), ('retests_needed__isnull', True), _connector='OR'), name='specificationcriterion_retests_needed_possible', violation_error_message='Retests must be from 1 to 10.'),
        ),
    ]
