#!/bin/bash
# Do the property tests of live views notice when those are wrong? Puts one fault
# at a time into their sources, outside the tree, and says which were caught. Not part of scripts/test: it takes some minutes. Needs a
# build: view.sh BUILD [RUNS]
set -euo pipefail

build=$(realpath "${1:?usage: view.sh BUILD [RUNS]}")
export LWSAPP_TEST_RUNS=${2:-300}
cd "$(dirname "$(realpath "$0")")/../.."
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
ninja -C "$build" bin/test_view bin/test_live >"$dir/log"

# The command of the build that makes a file; $1: the file.
command_of() {
    ninja -C "$build" -t commands "$1" | tail -1
}

survived=0
# $1: the source, $2: what sed does to it.
try() {
    local room=view test=test_view source object compile link
    case $1 in engine*) room=live test=test_live ;; esac
    source=lws-app/$room/$1
    object=lws-app/$room/CMakeFiles/$room.dir/$1.o
    link=$(command_of "bin/$test")
    sed -E "$2" "$source" >"$dir/$1"
    if cmp -s "$source" "$dir/$1"; then
        echo "no such place: $1: $2" && exit 1
    fi
    compile=$(command_of "$object")
    compile=${compile//"$PWD/$source"/"$dir/$1"}
    compile=${compile//"-o $object"/"-o $dir/mutant.o"}
    (cd "$build" && eval "$compile -Wno-error") 2>"$dir/log"
    (cd "$build" && eval "${link/-o bin\/$test/$dir/mutant.o -o $dir/test}") \
        2>"$dir/log"
    if timeout 300 "$dir/test" >"$dir/log" 2>&1; then
        echo "SURVIVED: $1: $2"
        survived=$((survived + 1))
    else
        echo "caught: $1: $2"
    fi
}

try order_view.c 's/^        view->lo--;/        ;/'
try order_view.c 's/if \(order_match_may_move\(.*/if (false)/'
try order_view.c 's/order_match_may_differ\(view->match, event->changed\)\)/false)/'
try order_view.c 's/order_page_row_unref\(view->entries\[at\]\.row\);/return 1;/'
try order_match.c 's/match->sort_columns \|= 1UL/match->sort_columns |= 2UL/'
try order_match.c 's/match->filter_columns \|= node->columns;/;/'
try order_view.c 's/view->lo\+\+; .*/;/'
try order_view.c 's/ && !is_at_end\)/)/'
try order_view.c 's/is_at_end = .*/is_at_end = true;/'
try order_view.c 's/^    view->matching--;/    ;/'
try order_view.c 's/view->lo <= start &&/true \&\&/'
try order_view.c 's/return view->lo <= start .*/return view->lo <= start;/'
try order_match.c 's/if \(match->orders\[i\].descending\)$/if (false)/'
try order_match.c 's/buf_put\(key, text->shown \? text->shown : "", text->shown_len \+ 1\);/;/'
try order_page.c 's/found && is_same_row\(\*found, to->rows\[i\]\)/found/'
try order_page.c 's/a->count != b->count\)$/false)/'
try order_view.c 's/view->is_known = view->matching == 0;/view->is_known = true;/'
# Survives: it only costs loads.
try order_view.c 's/view->lo \+= above;/view->lo = start - 2 * view->margin;/'
try order_view.c 's/above = \(int64_t\)view->count - 1;/;/'
try order_view.c 's/if \(event->position > view->position \+ 1\)/if (false)/'
try order_view.c 's/view->total \+= .*/;/'
try order_view.c 's/return set_anchor\(view, page->key, .*/return 0;/'
try order_view.c 's/return start == view->matching;/return true;/'
try order_view.c 's/if \(view->count > 0 && is_anchor_hidden\(view\)\)/if (false)/'
try order_load.c 's/return at > 0 \|\| load->lo == 0 \|\|/return true ||/'
try order_load.c 's/low = middle \+ 1;/low = middle + 2;/'
try order_load.c 's/finds_anchor\(load\) && holds_window\(load\)/finds_anchor(load)/'
try engine.c 's/engine->is_owing = true;/engine->is_owing = false;/'
try engine.c 's/view->is_fresh = engine->has_fresh = true;/(void)view;/'
try engine.c 's/if \(!view->is_behind\)$/if (true)/'
try engine.c 's/^        engine_fall_behind\(engine, view\);/        ;/'
try engine_feed.c 's/order_view_position\(view->view\) >= position\)/false)/'
try engine_feed.c 's/tell_stream\(&telling, STREAM_ALL\);/;/'
try engine_feed.c 's/engine->last = newest;/;/'
try engine_feed.c 's/side->order.owner = change->event.owner;/;/'
echo "$survived survived"
