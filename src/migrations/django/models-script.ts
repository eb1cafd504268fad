/**
 * The part of the Python that tells how Django itself calls what a migration changes: the models of its tables, the fields of their columns,
 * and the state of what its operations make, as its own writer would write it.
 */
export const modelsScript = String.raw`
from django.db.migrations.serializer import serializer_factory


def table_of(model_state):
    return model_state.options.get('db_table') or '%s_%s' % (model_state.app_label, model_state.name_lower)


def fields_of(model_state):
    fields = model_state.fields
    return fields if hasattr(fields, 'items') else dict(fields)


def column_of(name, field):
    return field.db_column or (name + '_id' if field.remote_field else name)


def written(value):
    """As Django's own writer writes it; None for what it cannot write."""
    try:
        code, imports = serializer_factory(value).serialize()
    except Exception:
        return None
    return {'code': code, 'imports': sorted(imports)}


class Told:
    """What is told of the tables of one migration."""

    def __init__(self):
        self.tables = {}

    def add(self, operation, model_state):
        table = self.tables.get(table_of(model_state))
        if table is None:
            table = {'model': model_state.name_lower, 'fields': {}, 'states': {}, 'indexes': {}, 'constraints': {}, 'together': []}
            self.tables[table_of(model_state)] = table
        if type(operation).__name__.endswith('Field'):
            fields = fields_of(model_state)
            for name in (getattr(operation, part, None) for part in ('name', 'old_name', 'new_name')):
                if name in fields and not fields[name].many_to_many:
                    table['fields'][column_of(name, fields[name])] = name
        return table

    def learn(self, operation, model_state, texts):
        """What the operation makes of the model: a field, an index or a constraint, and what it sends for that."""
        table, kind = self.add(operation, model_state), type(operation).__name__
        if kind in ('AddField', 'AlterField', 'RenameField'):
            name = getattr(operation, 'new_name', None) or operation.name
            field = fields_of(model_state).get(name)
            if field is not None and not field.many_to_many:
                kept = getattr(operation, 'preserve_default', True)
                state = {'sql': texts[0] if texts and kind == 'AddField' else None, 'added': kind == 'AddField'}
                table['states'][column_of(name, field)] = {**state, 'preserveDefault': kept, 'field': written(operation.field if kind != 'RenameField' else field)}
        elif kind in ('AddIndex', 'AddIndexConcurrently'):
            table['indexes'][operation.index.name] = written(operation.index)
        elif kind in ('AddConstraint', 'AddConstraintNotValid'):
            table['constraints'][operation.constraint.name] = written(operation.constraint)
        elif kind == 'AlterUniqueTogether':
            fields = fields_of(model_state)
            sets = [[column_of(name, fields[name]) for name in names] for names in operation.option_value or ()]
            table['together'].append({'columns': sets, 'value': written(operation.option_value)})


def tell_models(label, steps, texts):
    """By the names of their tables, what operations that are no longer alone with new tables change."""
    told = Told()
    for index, (operation, before, after) in enumerate(steps):
        for inner in inside_of(operation):
            name = type(inner).__name__
            if not type(inner).__module__.startswith('django.') or name in NOTHING or name.endswith('Extension'):
                continue
            for value in names_in(inner):
                key = (label, value.lower())
                if key in before.models:
                    told.add(inner, before.models[key])
                    if key in after.models:
                        told.learn(inner, after.models[key], texts[index])
    return told.tables
`
