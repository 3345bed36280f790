#!/bin/bash
# Creates a superuser; see --help.
set -euo pipefail

usage() {
    cat <<'TEXT'
usage: ./create_superuser.sh [--database FILE] [USERNAME [PASSWORD]]

Creates a superuser (default: admin, password admin) in the database (default:
$LWSAPP_DATABASE, or else lws-app.db next to this script; postgresql://... is one on
a server), building and migrating first if needed. An existing user is left as it is.
TEXT
}

root=$(dirname "$(realpath "$0")")
database=${LWSAPP_DATABASE:-$root/lws-app.db}
words=()
while (($#)); do
    case $1 in
    --database) database=${2:?--database needs a value} && shift 2 ;;
    --database=*) database=${1#*=} && shift ;;
    -h | --help) usage && exit 0 ;;
    -*) usage >&2 && exit 2 ;;
    *) words+=("$1") && shift ;;
    esac
done
((${#words[@]} <= 2)) || { usage >&2 && exit 2; }
username=${words[0]:-admin}
password=${words[1]:-admin}

"$root/scripts/build"
app=$root/build/bin/lws-app
"$app" migrate --database "$database" >/dev/null
if said=$(printf '%s\n' "$password" | "$app" createsuperuser \
    --database "$database" --username "$username" --password-stdin 2>&1); then
    echo "$said"
elif [[ $said == *taken* || $said == *exists* ]]; then
    echo "$username already exists in $database: left as it is" \
        "(lws-app changepassword sets another password)"
else
    echo "$said" >&2
    exit 1
fi
