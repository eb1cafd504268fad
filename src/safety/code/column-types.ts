/** How the frameworks write a type that Postgres prints as a certain text: `$1` and `$2` stand for its modifiers. */
interface TypeWords {
  readonly django: string | null
  readonly alembic: string
  /** The type of add_column, and its options. */
  readonly rails: string
}

const types: readonly (readonly [RegExp, TypeWords])[] = [
  [
    /^smallint$/,
    { django: 'SmallIntegerField()', alembic: 'sa.SmallInteger()', rails: ':integer, limit: 2' },
  ],
  [/^integer$/, { django: 'IntegerField()', alembic: 'sa.Integer()', rails: ':integer' }],
  [/^bigint$/, { django: 'BigIntegerField()', alembic: 'sa.BigInteger()', rails: ':bigint' }],
  [/^boolean$/, { django: 'BooleanField()', alembic: 'sa.Boolean()', rails: ':boolean' }],
  [/^text$/, { django: 'TextField()', alembic: 'sa.Text()', rails: ':text' }],
  [
    /^character varying\((\d+)\)$/,
    { django: 'CharField(max_length=$1)', alembic: 'sa.String(length=$1)', rails: ':string, limit: $1' },
  ],
  [/^character varying$/, { django: null, alembic: 'sa.String()', rails: ':string' }],
  [/^uuid$/, { django: 'UUIDField()', alembic: 'postgresql.UUID()', rails: ':uuid' }],
  [/^jsonb$/, { django: 'JSONField()', alembic: 'postgresql.JSONB()', rails: ':jsonb' }],
  [/^json$/, { django: null, alembic: 'postgresql.JSON()', rails: ':json' }],
  [/^date$/, { django: 'DateField()', alembic: 'sa.Date()', rails: ':date' }],
  [
    /^timestamp with time zone$/,
    {
      django: 'DateTimeField()',
      alembic: 'sa.DateTime(timezone=True)',
      rails: '"timestamp with time zone"',
    },
  ],
  [
    /^timestamp without time zone$/,
    { django: null, alembic: 'sa.DateTime()', rails: '"timestamp without time zone"' },
  ],
  [/^time without time zone$/, { django: 'TimeField()', alembic: 'sa.Time()', rails: ':time' }],
  [
    /^numeric\((\d+),(\d+)\)$/,
    {
      django: 'DecimalField(max_digits=$1, decimal_places=$2)',
      alembic: 'sa.Numeric(precision=$1, scale=$2)',
      rails: ':decimal, precision: $1, scale: $2',
    },
  ],
  [/^numeric$/, { django: null, alembic: 'sa.Numeric()', rails: ':decimal' }],
  [
    /^double precision$/,
    { django: 'FloatField()', alembic: 'postgresql.DOUBLE_PRECISION()', rails: ':float' },
  ],
  [/^bytea$/, { django: 'BinaryField()', alembic: 'sa.LargeBinary()', rails: ':binary' }],
  [/^inet$/, { django: 'GenericIPAddressField()', alembic: 'postgresql.INET()', rails: ':inet' }],
]

/** The words of a framework for a type; null when it has none that make exactly this one. */
export function typeWords(type: string, framework: keyof TypeWords): string | null {
  for (const [form, words] of types) {
    const found = form.exec(type)
    if (found !== null)
      return words[framework]?.replace(/\$(\d)/g, (_, index: string) => found[Number(index)] ?? '') ?? null
  }
  return null
}
