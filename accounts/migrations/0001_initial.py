import audit.bounds
import django.core.validators
import django.db.models.deletion
import simple_history.models
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='User',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('revision', models.PositiveIntegerField(default=0, editable=False)),
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('username', models.CharField(max_length=60, unique=True, validators=[django.core.validators.RegexValidator('^[a-z0-9][a-z0-9._-]*\\Z', 'Small letters, digits, dot, dash and underscore.')], verbose_name='user name')),
                ('printed_name', models.CharField(max_length=120, verbose_name='printed name')),
                ('role', models.CharField(choices=[('operator', 'Operator'), ('reviewer', 'QC reviewer'), ('qa', 'Quality assurance'), ('auditor', 'Auditor'), ('administrator', 'Administrator'), ('system', 'System actor')], max_length=20)),
                ('is_active', models.BooleanField(default=True, verbose_name='active')),
                ('is_example', models.BooleanField(default=False, editable=False, verbose_name='example person')),
                ('password_set_at', models.DateTimeField(editable=False, null=True, verbose_name='password set at')),
                ('password_set_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ('username',),
                'base_manager_name': 'objects',
                'constraints': [models.CheckConstraint(condition=models.Q(('printed_name', ''), _negated=True), name='user_has_printed_name', violation_error_message='A printed name is needed: it stands on signatures.'), audit.bounds.FieldRule(condition=models.Q(('password__length__lte', 128)), name='user_password_length', violation_error_message='Password is too long (128 characters at most).'), audit.bounds.FieldRule(condition=models.Q(('username__length__lte', 60)), name='user_username_length', violation_error_message='User name is too long (60 characters at most).'), audit.bounds.FieldRule(condition=models.Q(('printed_name__length__lte', 120)), name='user_printed_name_length', violation_error_message='Printed name is too long (120 characters at most).'), audit.bounds.FieldRule(condition=models.Q(('role__in', ['operator', 'reviewer', 'qa', 'auditor', 'administrator', 'system'])), name='user_role_known'), audit.bounds.FieldRule(condition=models.Q(models.Q(('password_set_at__isnull', True), ('password_set_by__isnull', True)), models.Q(('password_set_at__isnull', False), ('password_set_by__isnull', False)), _connector='OR'), name='user_password_set_at_with_by')],
            },
        ),
        migrations.CreateModel(
            name='HistoricalUser',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('revision', models.PositiveIntegerField(default=0, editable=False)),
                ('username', models.CharField(db_index=True, max_length=60, validators=[django.core.validators.RegexValidator('^[a-z0-9][a-z0-9._-]*\\Z', 'Small letters, digits, dot, dash and underscore.')], verbose_name='user name')),
                ('printed_name', models.CharField(max_length=120, verbose_name='printed name')),
                ('role', models.CharField(choices=[('operator', 'Operator'), ('reviewer', 'QC reviewer'), ('qa', 'Quality assurance'), ('auditor', 'Auditor'), ('administrator', 'Administrator'), ('system', 'System actor')], max_length=20)),
                ('is_active', models.BooleanField(default=True, verbose_name='active')),
                ('is_example', models.BooleanField(default=False, editable=False, verbose_name='example person')),
                ('password_set_at', models.DateTimeField(editable=False, null=True, verbose_name='password set at')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField()),
                ('history_change_reason', models.TextField(null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('password_set_by', models.ForeignKey(blank=True, db_constraint=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'historical user',
                'verbose_name_plural': 'historical users',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
    ]
