import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '__first__'),
    ]

    operations = [
        migrations.CreateModel(
            name='Entry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(db_index=True)),
                ('actor_name', models.CharField(max_length=150)),
                ('actor_username', models.CharField(blank=True, max_length=150)),
                ('actor_role', models.CharField(blank=True, max_length=20)),
                ('action', models.CharField(choices=[('created', 'created'), ('changed', 'changed'), ('signed', 'signed'), ('signed_in', 'signed in'), ('signed_out', 'signed out'), ('sign_in_failed', 'failed to sign in'), ('identity_failed', 'failed to prove identity'), ('refused', 'was refused'), ('exported', 'exported'), ('printed', 'printed')], max_length=20)),
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
            ],
            options={
                'default_permissions': (),
                'base_manager_name': 'objects',
                'indexes': [models.Index(fields=['actor', 'id'], name='entry_by_actor'), models.Index(fields=['kind', 'object_id', 'id'], name='entry_by_record'), models.Index(fields=['action', 'id'], name='entry_by_action'), models.Index(fields=['kind', 'id'], name='entry_by_kind'), models.Index(fields=['batch_number', 'id'], name='entry_by_batch', opclasses=['varchar_pattern_ops', 'int8_ops'])],
                'constraints': [models.UniqueConstraint(fields=('batch_number', 'number_in_batch'), name='entry_number_in_batch_once'), models.CheckConstraint(condition=models.Q(models.Q(('batch_number', ''), ('number_in_batch__isnull', True)), models.Q(models.Q(('batch_number', ''), _negated=True), ('number_in_batch__gte', 1)), _connector='OR'), name='entry_of_batch_is_numbered'), models.CheckConstraint(condition=models.Q(('action__in', ['created', 'changed', 'signed', 'signed_in', 'signed_out', 'sign_in_failed', 'identity_failed', 'refused', 'exported', 'printed'])), name='entry_action_known')],
            },
        ),
    ]
