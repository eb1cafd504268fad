#!/usr/bin/env bash
# Installs the frameworks that the tests run for real, from Debian's packages: only those that are missing.
set -euo pipefail

packages=(
  python3-django python3-psycopg2 python3-sqlparse python3-alembic python3-sqlalchemy python3-flask python3-flask-migrate
  python3-venv
  ruby-railties ruby-activerecord ruby-pg bundler pre-commit
)

if ! command -v apt-get >/dev/null; then
  echo "This is no Debian: the tests of Django, Alembic and Rails need their packages installed by other means." >&2
  exit 1
fi

missing=()
for package in "${packages[@]}"; do
  [[ $(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || missing+=("$package")
done
((${#missing[@]} > 0)) || exit 0

as_root=()
((EUID == 0)) || as_root=(sudo --non-interactive)

log=$(mktemp)
trap 'rm -f "$log"' EXIT
install() {
  "${as_root[@]}" apt-get update --quiet &&
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
      apt-get install --quiet --yes --no-install-recommends -o DPkg::Lock::Timeout=300 "${missing[@]}"
}
if ! install >"$log" 2>&1; then
  cat "$log" >&2
  exit 1
fi
