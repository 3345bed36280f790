#!/bin/bash
# A token, an order, a change of it, a list and an export, with curl.
set -euo pipefail
url=$1 username=$2 password=$3

token=$(curl -fsS "$url/api/token/" -d "username=$username" \
    --data-urlencode "password=$password" | sed 's/.*"token":"\([^"]*\)".*/\1/')
auth="Authorization: Token $token"
order=$(curl -fsS -D /dev/stderr "$url/api/data/" -H "$auth" \
    --json '{"instrument":"CURL","quantity":"1","price":"10.25"}' 2>/dev/null)
id=$(sed 's/.*"id":\([0-9]*\).*/\1/' <<<"$order")
curl -fsS -X PATCH "$url/api/data/$id/" -H "$auth" -H 'If-Match: "1"' \
    --json '{"quantity":"1.5"}' >/dev/null
# A large body, which curl asks for leave to send.
{
    printf '['
    for i in {1..600}; do
        printf '%s{"instrument":"MANY%d","quantity":"1","price":"1"}' \
            "$( ((i == 1)) || printf ,)" "$i"
    done
    printf ']'
} | curl -fsS "$url/api/data/" -H "$auth" --json @- -o /dev/null
curl -fsS --compressed "$url/api/data/?format=csv" -H "$auth" | wc -l
curl -fsS "$url/api/data/$id/" -H "$auth"
