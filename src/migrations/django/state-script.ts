/**
 * The part of the Python that brings Django's picture of the models forward. Django itself renders all models anew for each operation,
 * which takes longer than everything else; here an operation sees only the models that it can touch.
 */
export const stateScript = String.raw`
from django.db.migrations.state import AppConfigStub, ProjectState, StateApps
from django.db.models.fields import Field
from django.utils.functional import cached_property


def clone(field, original=Field.clone):
    """A field like the one of a state, for a model. Django takes it to pieces and builds it anew; those of its plain kinds need only a copy."""
    if type(field).__module__ != 'django.db.models.fields' or field.remote_field is not None or hasattr(field, 'model'):
        return original(field)
    copy = object.__new__(type(field))
    copy.__dict__.update(field.__dict__)
    copy.__dict__.pop('_get_default', None)
    # The fields of a model are in the order of these numbers.
    if field.auto_created:
        copy.creation_counter = Field.auto_creation_counter
        Field.auto_creation_counter -= 1
    else:
        copy.creation_counter = Field.creation_counter
        Field.creation_counter += 1
    return copy


Field.clone = clone


def references(key, model_state):
    """The models that a model names: those of its fields and its bases."""
    for base in model_state.bases:
        yield key_of(base, key)
    fields = model_state.fields
    for field in fields.values() if hasattr(fields, 'values') else [field for _, field in fields]:
        remote = getattr(field, 'remote_field', None)
        if remote is not None:
            yield key_of(remote.model, key)
            yield key_of(getattr(remote, 'through', None), key)


def key_of(reference, own):
    """(app, model) of whatever names a model; None for what is no model of the state."""
    if isinstance(reference, str):
        if reference == 'self':
            return own
        app, _, name = reference.rpartition('.')
        return (app or own[0], name.lower())
    meta = getattr(reference, '_meta', None)
    return None if meta is None or meta.abstract else (meta.app_label, meta.model_name)


def closure(models, keys, incoming):
    """The models of these keys, what is needed of those that they name, and, where it matters, all that name them."""
    callers = {}
    if incoming:
        for key, model_state in models.items():
            for named in references(key, model_state):
                callers.setdefault(named, []).append(key)
    found, left = {}, list(keys)
    while left:
        key = left.pop()
        if key in found or key not in models:
            continue
        whole = incoming or key in keys
        found[key] = models[key].clone() if whole else outline(models[key])
        left.extend(references(key, found[key]))
        left.extend(callers.get(key, ()) if incoming else ())
    return found


def outline(model_state):
    """A model of which only the fields remain that others can point at."""
    thin = model_state.clone()
    pairs = thin.fields.items() if hasattr(thin.fields, 'items') else thin.fields
    kept = [(name, field) for name, field in pairs if field.primary_key or field.unique and not field.remote_field]
    thin.fields = type(thin.fields)(kept)
    thin.options = {name: value for name, value in thin.options.items() if name in {'db_table', 'managed', 'proxy', 'swappable'}}
    if 'indexes' in model_state.options:
        thin.options.update(indexes=[], constraints=[])
    thin.managers = []
    return thin


# These see their own model and those that it names. Others point at a model's key or name: they matter to the second kind.
ALONE = {
    'CreateModel', 'DeleteModel', 'AddField', 'RemoveField', 'RenameField', 'AddIndex', 'RemoveIndex', 'RenameIndex',
    'AddIndexConcurrently', 'RemoveIndexConcurrently', 'AddConstraint', 'RemoveConstraint', 'AddConstraintNotValid',
    'ValidateConstraint', 'AlterUniqueTogether', 'AlterIndexTogether', 'AlterModelOptions', 'AlterModelManagers',
    'AlterOrderWithRespectTo',
}
TOGETHER = {'AlterField', 'RenameModel', 'AlterModelTable'}
NOTHING = {'RunSQL', 'RunPython'}
# These change no field, and look at nothing else of a model: what was rendered of it before will do.
FIELDS_STAY = {
    'AddIndex', 'RemoveIndex', 'AddIndexConcurrently', 'RemoveIndexConcurrently', 'AddConstraint', 'RemoveConstraint',
    'AddConstraintNotValid', 'ValidateConstraint',
}


def touched(label, operations):
    """The models that the operations name, and whether those that point at them matter. None where nobody knows."""
    keys, incoming = set(), False
    for operation in operations:
        name = type(operation).__name__
        nothing = name in NOTHING or name.endswith('Extension')
        if not type(operation).__module__.startswith('django.') or not nothing and name not in ALONE | TOGETHER:
            return None
        incoming = incoming or name in TOGETHER and not is_plain(operation)
        if not nothing:
            keys.update((label, value.lower()) for value in names_in(operation))
    return keys, incoming


def names_in(operation):
    # The name of an operation on a field or an index is that of the field or index.
    if hasattr(operation, 'model_name'):
        return [operation.model_name]
    return [getattr(operation, attribute) for attribute in ('name', 'old_name', 'new_name') if hasattr(operation, attribute)]


def is_plain(operation):
    """A changed field that no other model can point at, unless it could before."""
    field = getattr(operation, 'field', None)
    return field is not None and not (field.primary_key or field.unique or field.remote_field)


def was_plain(state, label, operation):
    model_state = state.models.get((label, getattr(operation, 'model_name', '').lower()))
    field = None
    if model_state is not None and hasattr(operation, 'name'):
        fields = model_state.fields
        field = (fields if hasattr(fields, 'get') else dict(fields)).get(operation.name)
    return field is not None and not (field.primary_key or field.unique or field.remote_field)


def copied(apps):
    """A registry with the same models. Django's own copy goes to the bottom of everything that the registry holds, which takes longer."""
    copy = StateApps([], {})
    for label, models in apps.all_models.items():
        copy.all_models[label].update(models)
    for label in apps.app_configs:
        copy.app_configs[label] = AppConfigStub(label)
        copy.app_configs[label].apps = copy
        copy.app_configs[label].models = dict(copy.all_models[label])
    copy.real_models = apps.real_models
    return copy


class Excerpt(ProjectState):
    """A state of a few models. Those that another state has rendered before are taken from there: the one before, or that of the outlines."""

    def __init__(self, models, real_apps, keys=(), before=None, outlines=None):
        super().__init__(models=models, real_apps=real_apps)
        self.keys, self.before, self.outlines = keys, before, outlines
        self.same_fields = None

    @cached_property
    def apps(self):
        differs = self.before is None or 'apps' not in self.before.__dict__ or set(self.before.models) != set(self.models)
        source = self.outlines if differs else self.before
        if source is None:
            return StateApps(self.real_apps, self.models)
        apps = copied(source.apps)
        changed = [key for key in self.keys if key in self.models]
        for key in changed:
            apps.unregister_model(*key)
        apps.render_multiple([self.models[key] for key in changed])
        return apps


class WithSameFields(ProjectState):
    """A state whose models may have been rendered before its last changes, as long as those were of no field."""

    def __init__(self, excerpt):
        super().__init__(models=excerpt.models, real_apps=excerpt.real_apps)
        while 'apps' not in excerpt.__dict__ and excerpt.same_fields is not None:
            excerpt = excerpt.same_fields
        self.rendered = excerpt

    @cached_property
    def apps(self):
        return self.rendered.apps


class Excerpts:
    """Excerpts of the state, kept by the versions of their models: what is after one operation is before the next on the same models."""
    most = 500

    def __init__(self, state):
        self.state, self.changes, self.kept = state, {}, {}

    def of(self, wanted, before=None):
        if wanted is None:
            return self.state.clone()
        keys, incoming = wanted
        models = closure(self.state.models, keys, incoming)
        if len(self.kept) >= self.most:
            self.kept = {}

        def make():
            real_apps = self.state.real_apps
            return Excerpt(models, real_apps) if incoming else Excerpt(models, real_apps, keys, before, self.outlines(models, keys))

        return self.keep((frozenset(keys), incoming), models, make)

    def outlines(self, models, keys):
        """A state of the models at which those of the keys only point: many share it. None where one points back."""
        others = {key: model_state for key, model_state in models.items() if key not in keys}
        if not others or any(named in keys for key, model_state in others.items() for named in references(key, model_state)):
            return None
        return self.keep('outlines', others, lambda: Excerpt(others, self.state.real_apps))

    def keep(self, kind, models, make):
        version = (kind, frozenset((key, self.changes.get(key, 0)) for key in models))
        if version not in self.kept:
            self.kept[version] = make()
        return self.kept[version]

    def changed(self, wanted):
        keys = self.state.models if wanted is None or wanted[1] else wanted[0]
        for key in keys:
            self.changes[key] = self.changes.get(key, 0) + 1


def inside_of(operation):
    """What an operation does to the database, and what else to the state."""
    return list(leaves([operation])) + list(getattr(operation, 'state_operations', None) or ())


def steps_of(migration, excerpts):
    """Each operation with the state before and after it; the state is brought forward."""
    steps, label, state = [], migration.app_label, excerpts.state
    for operation in migration.operations:
        inside = inside_of(operation)
        wanted = touched(label, inside)
        if wanted is not None and any(type(o).__name__ == 'AlterField' and not was_plain(state, label, o) for o in inside):
            wanted = (wanted[0], True)
        before = excerpts.of(wanted)
        operation.state_forwards(label, state)
        excerpts.changed(wanted)
        after = excerpts.of(wanted, before)
        if wanted is not None and all(type(o).__name__ in FIELDS_STAY for o in inside):
            after.same_fields = before
            before, after = WithSameFields(before), WithSameFields(after)
        steps.append((operation, before, after))
    return steps
`
