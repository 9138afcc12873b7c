import audit.bounds
import batches.quantities
import django.db.models.deletion
import simple_history.models
from decimal import Decimal
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '__first__'),
        ('batches', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='HistoricalReview',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('revision', models.PositiveIntegerField(default=0, editable=False)),
                ('round', models.PositiveSmallIntegerField(verbose_name='round')),
                ('begun_at', models.DateTimeField(verbose_name='begun at')),
                ('decision', batches.quantities.Words(blank=True, choices=[('', 'Under review'), ('approved', 'Approved'), ('returned', 'Returned'), ('rejected', 'Rejected')], default='', max_length=10, verbose_name='decision')),
                ('comment', batches.quantities.LongWords(blank=True, default='', verbose_name='comment')),
                ('decided_at', models.DateTimeField(editable=False, null=True, verbose_name='decided at')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField()),
                ('history_change_reason', models.TextField(null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('batch', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='batches.batch')),
                ('begun_by', models.ForeignKey(blank=True, db_constraint=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('decided_by', models.ForeignKey(blank=True, db_constraint=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'historical review',
                'verbose_name_plural': 'historical reviews',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='Review',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('revision', models.PositiveIntegerField(default=0, editable=False)),
                ('round', models.PositiveSmallIntegerField(verbose_name='round')),
                ('begun_at', models.DateTimeField(verbose_name='begun at')),
                ('decision', batches.quantities.Words(blank=True, choices=[('', 'Under review'), ('approved', 'Approved'), ('returned', 'Returned'), ('rejected', 'Rejected')], default='', max_length=10, verbose_name='decision')),
                ('comment', batches.quantities.LongWords(blank=True, default='', verbose_name='comment')),
                ('decided_at', models.DateTimeField(editable=False, null=True, verbose_name='decided at')),
                ('batch', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reviews', to='batches.batch')),
                ('begun_by', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('decided_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ('-round',),
                'base_manager_name': 'objects',
                'constraints': [models.UniqueConstraint(fields=('batch', 'round'), name='review_round_once'), models.UniqueConstraint(condition=models.Q(('decision', '')), fields=('batch',), name='review_one_open_per_batch'), models.CheckConstraint(condition=models.Q(models.Q(('decided_at__isnull', True), ('decision', '')), models.Q(models.Q(('decision', ''), _negated=True), ('decided_at__isnull', False)), _connector='OR'), name='review_decision_has_time'), audit.bounds.FieldRule(condition=models.Q(('decision__in', ['', 'approved', 'returned', 'rejected', ''])), name='review_decision_known'), audit.bounds.FieldRule(condition=models.Q(('comment__length__lte', 10000)), name='review_comment_length', violation_error_message='Comment is too long (10000 characters at most).'), audit.bounds.FieldRule(condition=models.Q(models.Q(('decided_at__isnull', True), ('decided_by__isnull', True)), models.Q(('decided_at__isnull', False), ('decided_by__isnull', False)), _connector='OR'), name='review_decided_at_with_by')],
            },
        ),
        migrations.CreateModel(
            name='ReturnedPoint',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('revision', models.PositiveIntegerField(default=0, editable=False)),
                ('record_kind', batches.quantities.Words(blank=True, default='', max_length=60, verbose_name='record kind')),
                ('record_id', batches.quantities.WholeNumberField(blank=True, null=True, verbose_name='record')),
                ('record_label', batches.quantities.Words(blank=True, default='', max_length=200, verbose_name='where')),
                ('words', batches.quantities.LongWords(blank=True, default='', verbose_name='what is wrong')),
                ('review', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='returned_points', to='qc.review')),
            ],
            options={
                'ordering': ('id',),
                'base_manager_name': 'objects',
                'constraints': [audit.bounds.FieldRule(condition=models.Q(('record_kind__length__lte', 60)), name='returnedpoint_record_kind_length', violation_error_message='Record kind is too long (60 characters at most).'), audit.bounds.FieldRule(condition=models.Q(('record_id__gte', Decimal('0')), ('record_id__lte', Decimal('9007199254740991'))), name='returnedpoint_record_id_possible', violation_error_message='Record must be from 0 to 9007199254740991.'), audit.bounds.FieldRule(condition=models.Q(('record_label__length__lte', 200)), name='returnedpoint_record_label_length', violation_error_message='Where is too long (200 characters at most).'), audit.bounds.FieldRule(condition=models.Q(('words__length__lte', 10000)), name='returnedpoint_words_length', violation_error_message='What is wrong is too long (10000 characters at most).')],
            },
        ),
        migrations.CreateModel(
            name='HistoricalSignature',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('revision', models.PositiveIntegerField(default=0, editable=False)),
                ('meaning', batches.quantities.Words(blank=True, choices=[('reviewed_approved', 'Reviewed by QC: approved'), ('reviewed_returned', 'Reviewed by QC: returned'), ('reviewed_rejected', 'Reviewed by QC: rejected'), ('released', 'Released for research use'), ('quarantined', 'Put in quarantine'), ('rejected', 'Rejected')], default='', max_length=24, verbose_name='meaning')),
                ('comment', batches.quantities.LongWords(blank=True, default='', verbose_name='comment')),
                ('signed_at', models.DateTimeField(verbose_name='signed at')),
                ('printed_name', batches.quantities.Words(blank=True, default='', max_length=150, verbose_name='printed name')),
                ('username', batches.quantities.Words(blank=True, default='', max_length=60, verbose_name='user name')),
                ('role', batches.quantities.Words(blank=True, default='', max_length=20, verbose_name='role')),
                ('time_zone', batches.quantities.Words(blank=True, default='', max_length=60, verbose_name='time zone')),
                ('means', batches.quantities.Words(blank=True, default='', max_length=40, verbose_name='identity proved by')),
                ('entries_signed', models.PositiveIntegerField(verbose_name='entries signed')),
                ('leaf_signed', batches.quantities.Words(blank=True, default='', max_length=64, verbose_name="last entry's hash")),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField()),
                ('history_change_reason', models.TextField(null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('batch', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='batches.batch')),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('signed_by', models.ForeignKey(blank=True, db_constraint=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('review', models.ForeignKey(blank=True, db_constraint=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='qc.review')),
            ],
            options={
                'verbose_name': 'historical signature',
                'verbose_name_plural': 'historical signatures',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalReturnedPoint',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('revision', models.PositiveIntegerField(default=0, editable=False)),
                ('record_kind', batches.quantities.Words(blank=True, default='', max_length=60, verbose_name='record kind')),
                ('record_id', batches.quantities.WholeNumberField(blank=True, null=True, verbose_name='record')),
                ('record_label', batches.quantities.Words(blank=True, default='', max_length=200, verbose_name='where')),
                ('words', batches.quantities.LongWords(blank=True, default='', verbose_name='what is wrong')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField()),
                ('history_change_reason', models.TextField(null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('review', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='qc.review')),
            ],
            options={
                'verbose_name': 'historical returned point',
                'verbose_name_plural': 'historical returned points',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='Signature',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('revision', models.PositiveIntegerField(default=0, editable=False)),
                ('meaning', batches.quantities.Words(blank=True, choices=[('reviewed_approved', 'Reviewed by QC: approved'), ('reviewed_returned', 'Reviewed by QC: returned'), ('reviewed_rejected', 'Reviewed by QC: rejected'), ('released', 'Released for research use'), ('quarantined', 'Put in quarantine'), ('rejected', 'Rejected')], default='', max_length=24, verbose_name='meaning')),
                ('comment', batches.quantities.LongWords(blank=True, default='', verbose_name='comment')),
                ('signed_at', models.DateTimeField(verbose_name='signed at')),
                ('printed_name', batches.quantities.Words(blank=True, default='', max_length=150, verbose_name='printed name')),
                ('username', batches.quantities.Words(blank=True, default='', max_length=60, verbose_name='user name')),
                ('role', batches.quantities.Words(blank=True, default='', max_length=20, verbose_name='role')),
                ('time_zone', batches.quantities.Words(blank=True, default='', max_length=60, verbose_name='time zone')),
                ('means', batches.quantities.Words(blank=True, default='', max_length=40, verbose_name='identity proved by')),
                ('entries_signed', models.PositiveIntegerField(verbose_name='entries signed')),
                ('leaf_signed', batches.quantities.Words(blank=True, default='', max_length=64, verbose_name="last entry's hash")),
                ('batch', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='signatures', to='batches.batch')),
                ('review', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='signatures', to='qc.review')),
                ('signed_by', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ('id',),
                'base_manager_name': 'objects',
                'constraints': [audit.bounds.FieldRule(condition=models.Q(('meaning__in', ['reviewed_approved', 'reviewed_returned', 'reviewed_rejected', 'released', 'quarantined', 'rejected'])), name='signature_meaning_known'), audit.bounds.FieldRule(condition=models.Q(('comment__length__lte', 10000)), name='signature_comment_length', violation_error_message='Comment is too long (10000 characters at most).'), audit.bounds.FieldRule(condition=models.Q(('printed_name__length__lte', 150)), name='signature_printed_name_length', violation_error_message='Printed name is too long (150 characters at most).'), audit.bounds.FieldRule(condition=models.Q(('username__length__lte', 60)), name='signature_username_length', violation_error_message='User name is too long (60 characters at most).'), audit.bounds.FieldRule(condition=models.Q(('role__length__lte', 20)), name='signature_role_length', violation_error_message='Role is too long (20 characters at most).'), audit.bounds.FieldRule(condition=models.Q(('time_zone__length__lte', 60)), name='signature_time_zone_length', violation_error_message='Time zone is too long (60 characters at most).'), audit.bounds.FieldRule(condition=models.Q(('means__length__lte', 40)), name='signature_means_length', violation_error_message='Identity proved by is too long (40 characters at most).'), audit.bounds.FieldRule(condition=models.Q(('leaf_signed__length__lte', 64)), name='signature_leaf_signed_length', violation_error_message="Last entry's hash is too long (64 characters at most).")],
            },
        ),
    ]
