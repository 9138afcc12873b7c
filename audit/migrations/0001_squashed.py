import audit.bounds
import audit.models
import audit.squashing
import audit.trail.marks
import django.db.models.deletion
import django.db.models.lookups
import simple_history.models
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [('audit', '0001_initial'), ('audit', '0002_ledger'), ('audit', '0003_unexplained_ledger'), ('audit', '0004_fill_change_cells'), ('audit', '0005_index_what_reviewers_look_for_first'), ('audit', '0006_one_index_for_batches')]

    initial = True

    dependencies = [
        ('accounts', '0005_identity_verified'),
    ]

    operations = [
        audit.squashing.CreateTables(
            models=[migrations.CreateModel(
                name='Entry',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('at', models.DateTimeField(db_index=True)),
                    ('actor_name', models.CharField(max_length=150)),
                    ('actor_username', models.CharField(blank=True, max_length=150)),
                    ('actor_role', models.CharField(blank=True, max_length=20)),
                    ('action', models.CharField(choices=[('created', 'created'), ('changed', 'changed'), ('signed', 'signed'), ('signed_in', 'signed in'), ('signed_out', 'signed out'), ('sign_in_failed', 'failed to sign in'), ('identity_failed', 'failed to prove identity'), ('refused', 'was refused'), ('exported', 'exported'), ('printed', 'printed'), ('verified', 'verified the record'), ('backed_up', 'backed up'), ('restored', 'restored'), ('epoch', 'began an epoch')], max_length=20)),
                    ('act', models.CharField(blank=True, max_length=60)),
                    ('kind', models.CharField(blank=True, max_length=60)),
                    ('object_id', models.BigIntegerField(null=True)),
                    ('object_label', models.CharField(blank=True, max_length=300)),
                    ('history_id', models.BigIntegerField(null=True)),
                    ('batch_number', models.CharField(blank=True, max_length=40)),
                    ('number_in_batch', models.PositiveIntegerField(null=True)),
                    ('leaf_hash', models.BinaryField(max_length=32)),
                    ('body', models.TextField()),
                    ('actor', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('change_cells', models.TextField(blank=True, default='')),
                    ('transaction', models.BigIntegerField(db_default=audit.models.CurrentTransaction(), null=True)),
                ],
                options={
                    'default_permissions': (),
                    'base_manager_name': 'objects',
                    'indexes': [models.Index(fields=['actor', 'id'], name='entry_by_actor'), models.Index(fields=['kind', 'object_id', 'id'], name='entry_by_record'), models.Index(fields=['action', 'id'], name='entry_by_action'), models.Index(fields=['kind', 'id'], name='entry_by_kind'), models.Index(condition=models.Q(('transaction__isnull', False)), fields=['transaction'], name='entry_by_transaction'), models.Index(audit.trail.marks.Mark(actions=('signed', 'restored', 'epoch'), kinds=('accounts.user', 'audit.unexplainedchange', 'batches.criterion', 'batches.fieldremark', 'batches.frozenplan', 'batches.masterrecord', 'batches.masterversion', 'batches.plannedstep', 'batches.product', 'batches.steplimit', 'qc.deviation', 'qc.deviationsignature', 'qc.returnedpoint', 'qc.review', 'qc.signature'), texts=('"reason":{', '"field":"status"', '"field":"disposition"', '"field":"quarantine_released_at"', '"field":"is_voided"', '"field":"voided_at"', '"field":"is_dropped"', '"field":"is_withdrawn"')), models.F('id'), condition=models.Q(django.db.models.lookups.IsNull(audit.trail.marks.Mark(actions=('signed', 'restored', 'epoch'), kinds=('accounts.user', 'audit.unexplainedchange', 'batches.criterion', 'batches.fieldremark', 'batches.frozenplan', 'batches.masterrecord', 'batches.masterversion', 'batches.plannedstep', 'batches.product', 'batches.steplimit', 'qc.deviation', 'qc.deviationsignature', 'qc.returnedpoint', 'qc.review', 'qc.signature'), texts=('"reason":{', '"field":"status"', '"field":"disposition"', '"field":"quarantine_released_at"', '"field":"is_voided"', '"field":"voided_at"', '"field":"is_dropped"', '"field":"is_withdrawn"')), False)), name='entry_critical'), models.Index(audit.trail.marks.Mark(texts=('"reason":{',)), models.F('id'), condition=models.Q(django.db.models.lookups.IsNull(audit.trail.marks.Mark(texts=('"reason":{',)), False)), name='entry_reasons'), models.Index(audit.trail.marks.Mark(texts=('"field":"is_voided"', '"field":"voided_at"', '"field":"is_dropped"', '"field":"is_withdrawn"')), models.F('id'), condition=models.Q(django.db.models.lookups.IsNull(audit.trail.marks.Mark(texts=('"field":"is_voided"', '"field":"voided_at"', '"field":"is_dropped"', '"field":"is_withdrawn"')), False)), name='entry_voided'), models.Index(audit.trail.marks.Mark(texts=('"late_min":',), texts_of=('created', 'changed')), models.F('id'), condition=models.Q(django.db.models.lookups.IsNull(audit.trail.marks.Mark(texts=('"late_min":',), texts_of=('created', 'changed')), False)), name='entry_late'), models.Index(audit.trail.marks.Mark(actions=('refused', 'sign_in_failed', 'identity_failed')), models.F('id'), condition=models.Q(django.db.models.lookups.IsNull(audit.trail.marks.Mark(actions=('refused', 'sign_in_failed', 'identity_failed')), False)), name='entry_refusals')],
                    'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('batch_number', ''), ('number_in_batch__isnull', True)), models.Q(models.Q(('batch_number', ''), _negated=True), ('number_in_batch__gte', 1)), _connector='OR'), name='entry_of_batch_is_numbered'), models.CheckConstraint(condition=models.Q(('action__in', ['created', 'changed', 'signed', 'signed_in', 'signed_out', 'sign_in_failed', 'identity_failed', 'refused', 'exported', 'printed', 'verified', 'backed_up', 'restored', 'epoch'])), name='entry_action_known'), models.UniqueConstraint(fields=('batch_number', 'number_in_batch'), name='entry_number_in_batch_once', opclasses=['varchar_pattern_ops', 'int4_ops'])],
                },
            ), migrations.CreateModel(
                name='Epoch',
                fields=[
                    ('number', models.PositiveIntegerField(primary_key=True, serialize=False)),
                    ('origin', models.CharField(max_length=200, unique=True)),
                    ('public_key', models.CharField(max_length=300)),
                    ('since', models.DateTimeField()),
                    ('size', models.BigIntegerField(verbose_name='entries sealed before')),
                    ('words', models.TextField(verbose_name='why it begins')),
                    ('known_note', models.TextField(blank=True, verbose_name='last checkpoint before')),
                ],
                options={
                    'default_permissions': (),
                    'base_manager_name': 'objects',
                    'indexes': [],
                    'constraints': [],
                },
            ), migrations.CreateModel(
                name='HistoricalUnexplainedChange',
                fields=[
                    ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                    ('revision', models.PositiveIntegerField(default=0, editable=False)),
                    ('what', models.CharField(choices=[('value', 'value changed behind the trail'), ('row_gone', 'record gone'), ('row_added', 'record without a trail'), ('history', 'history changed'), ('entry', 'entry changed'), ('file', 'file changed'), ('ledger', 'ledger changed')], max_length=12, verbose_name='what')),
                    ('record_kind', models.CharField(max_length=60, verbose_name='record kind')),
                    ('record_id', models.BigIntegerField(verbose_name='record')),
                    ('record_label', models.CharField(max_length=300, verbose_name='record as people call it')),
                    ('batch_number', models.CharField(blank=True, max_length=40, verbose_name='batch')),
                    ('field', models.CharField(blank=True, max_length=60, verbose_name='field')),
                    ('label', models.CharField(blank=True, max_length=200, verbose_name='field as people call it')),
                    ('recorded', models.TextField(blank=True, verbose_name='what the trail says')),
                    ('standing', models.TextField(blank=True, verbose_name='what stands there')),
                    ('in_order_until', models.DateTimeField(blank=True, null=True, verbose_name='last known in order')),
                    ('found_at', models.DateTimeField(verbose_name='found at')),
                    ('outcome', models.CharField(blank=True, choices=[('', 'open'), ('put_back', 'put back as recorded'), ('kept', 'kept as it stands, with a reason'), ('noted', "noted, can't be mended")], default='', max_length=10, verbose_name='outcome')),
                    ('words', models.TextField(blank=True, verbose_name='reason')),
                    ('dealt_with_at', models.DateTimeField(blank=True, null=True, verbose_name='dealt with at')),
                    ('history_id', models.AutoField(primary_key=True, serialize=False)),
                    ('history_date', models.DateTimeField()),
                    ('history_change_reason', models.TextField(null=True)),
                    ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                    ('dealt_with_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('found_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('entry_id', models.BigIntegerField(blank=True, null=True, verbose_name='entry that recorded it')),
                    ('told', models.TextField(blank=True, verbose_name='in a sentence')),
                ],
                options={
                    'verbose_name': 'historical unexplained change',
                    'verbose_name_plural': 'historical unexplained changes',
                    'ordering': ('-history_date', '-history_id'),
                    'get_latest_by': ('history_date', 'history_id'),
                    'indexes': [],
                    'constraints': [],
                },
                bases=(simple_history.models.HistoricalChanges, models.Model),
            ), migrations.CreateModel(
                name='Tile',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('level', models.PositiveSmallIntegerField()),
                    ('index', models.BigIntegerField()),
                    ('hashes', models.BinaryField()),
                    ('root', models.BinaryField(max_length=32)),
                ],
                options={
                    'default_permissions': (),
                    'base_manager_name': 'objects',
                    'indexes': [],
                    'constraints': [models.UniqueConstraint(fields=('level', 'index'), name='tile_once')],
                },
            ), migrations.CreateModel(
                name='UnexplainedChange',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('revision', models.PositiveIntegerField(default=0, editable=False)),
                    ('what', models.CharField(choices=[('value', 'value changed behind the trail'), ('row_gone', 'record gone'), ('row_added', 'record without a trail'), ('history', 'history changed'), ('entry', 'entry changed'), ('file', 'file changed'), ('ledger', 'ledger changed')], max_length=12, verbose_name='what')),
                    ('record_kind', models.CharField(max_length=60, verbose_name='record kind')),
                    ('record_id', models.BigIntegerField(verbose_name='record')),
                    ('record_label', models.CharField(max_length=300, verbose_name='record as people call it')),
                    ('batch_number', models.CharField(blank=True, max_length=40, verbose_name='batch')),
                    ('field', models.CharField(blank=True, max_length=60, verbose_name='field')),
                    ('label', models.CharField(blank=True, max_length=200, verbose_name='field as people call it')),
                    ('recorded', models.TextField(blank=True, verbose_name='what the trail says')),
                    ('standing', models.TextField(blank=True, verbose_name='what stands there')),
                    ('in_order_until', models.DateTimeField(blank=True, null=True, verbose_name='last known in order')),
                    ('found_at', models.DateTimeField(verbose_name='found at')),
                    ('outcome', models.CharField(blank=True, choices=[('', 'open'), ('put_back', 'put back as recorded'), ('kept', 'kept as it stands, with a reason'), ('noted', "noted, can't be mended")], default='', max_length=10, verbose_name='outcome')),
                    ('words', models.TextField(blank=True, verbose_name='reason')),
                    ('dealt_with_at', models.DateTimeField(blank=True, null=True, verbose_name='dealt with at')),
                    ('dealt_with_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('found_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('entry_id', models.BigIntegerField(blank=True, null=True, verbose_name='entry that recorded it')),
                    ('told', models.TextField(blank=True, verbose_name='in a sentence')),
                ],
                options={
                    'verbose_name': 'unexplained change',
                    'ordering': ('id',),
                    'base_manager_name': 'objects',
                    'indexes': [models.Index(fields=['batch_number', 'outcome'], name='unexplained_of_batch')],
                    'constraints': [models.UniqueConstraint(condition=models.Q(('outcome', '')), fields=('record_kind', 'record_id', 'what', 'field'), name='unexplained_once_while_open'), audit.bounds.FieldRule(condition=models.Q(('record_kind__length__lte', 60)), name='unexplainedchange_record_kind_length', violation_error_message='Record kind is too long (60 characters at most).'), audit.bounds.FieldRule(condition=models.Q(('record_label__length__lte', 300)), name='unexplainedchange_record_label_length', violation_error_message='Record as people call it is too long (300 characters at most).'), audit.bounds.FieldRule(condition=models.Q(('batch_number__length__lte', 40)), name='unexplainedchange_batch_number_length', violation_error_message='Batch is too long (40 characters at most).'), audit.bounds.FieldRule(condition=models.Q(('field__length__lte', 60)), name='unexplainedchange_field_length', violation_error_message='Field is too long (60 characters at most).'), audit.bounds.FieldRule(condition=models.Q(('label__length__lte', 200)), name='unexplainedchange_label_length', violation_error_message='Field as people call it is too long (200 characters at most).'), audit.bounds.FieldRule(condition=models.Q(('outcome__in', ['', 'put_back', 'kept', 'noted', ''])), name='unexplainedchange_outcome_known'), audit.bounds.FieldRule(condition=models.Q(models.Q(('dealt_with_at__isnull', True), ('dealt_with_by__isnull', True)), models.Q(('dealt_with_at__isnull', False), ('dealt_with_by__isnull', False)), _connector='OR'), name='unexplainedchange_dealt_with_at_with_by'), audit.bounds.FieldRule(condition=models.Q(('what__in', ['value', 'row_gone', 'row_added', 'history', 'entry', 'file', 'ledger'])), name='unexplainedchange_what_known')],
                },
            ), migrations.CreateModel(
                name='Checkpoint',
                fields=[
                    ('size', models.BigIntegerField(primary_key=True, serialize=False, verbose_name='entries')),
                    ('root', models.BinaryField(max_length=32)),
                    ('at', models.DateTimeField()),
                    ('note', models.TextField()),
                    ('sealed_below', models.BigIntegerField(null=True)),
                    ('epoch', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='checkpoints', to='audit.epoch')),
                ],
                options={
                    'default_permissions': (),
                    'base_manager_name': 'objects',
                    'indexes': [],
                    'constraints': [],
                },
            ), migrations.CreateModel(
                name='Leaf',
                fields=[
                    ('index', models.BigIntegerField(primary_key=True, serialize=False)),
                    ('checkpoint', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='audit.checkpoint')),
                    ('entry', models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='leaf', to='audit.entry')),
                ],
                options={
                    'default_permissions': (),
                    'base_manager_name': 'objects',
                    'indexes': [],
                    'constraints': [],
                },
            ), migrations.CreateModel(
                name='Shipment',
                fields=[
                    ('checkpoint', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, serialize=False, to='audit.checkpoint')),
                    ('first', models.BigIntegerField(verbose_name='first leaf')),
                    ('shipped_on', models.DateTimeField(verbose_name='shipped on')),
                    ('path', models.CharField(max_length=300)),
                ],
                options={
                    'default_permissions': (),
                    'base_manager_name': 'objects',
                    'indexes': [],
                    'constraints': [],
                },
            ), migrations.CreateModel(
                name='TimeStamp',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('authority', models.CharField(max_length=300)),
                    ('moment', models.DateTimeField(verbose_name='time in the stamp')),
                    ('token', models.BinaryField()),
                    ('checkpoint', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='time_stamps', to='audit.checkpoint')),
                ],
                options={
                    'default_permissions': (),
                    'base_manager_name': 'objects',
                    'indexes': [],
                    'constraints': [],
                },
            )],
        ),
    ]
