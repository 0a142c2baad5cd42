#!/usr/bin/env bash
# Debian's redis-server and postgresql for the tests of queues, where there is none and apt-get may bring them within two
# minutes. Anywhere else those tests skip and say so: this never fails.
missing=()
command -v redis-server >/dev/null || missing+=(redis-server)
compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || command -v initdb >/dev/null || missing+=(postgresql)
[ "${#missing[@]}" = 0 ] && exit 0
if [ "$(id -u)" = 0 ] && grep -qs '^ID=debian' /etc/os-release; then
  quick=(-qq -o Acquire::Retries=0 -o Acquire::http::Timeout=10 -o Acquire::https::Timeout=10)
  export DEBIAN_FRONTEND=noninteractive
  # the tests start their own servers
  policy=/usr/sbin/policy-rc.d
  [ -e "$policy" ] || { printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod +x "$policy"; }
  {
    timeout 30 apt-get "${quick[@]}" update
    timeout --kill-after=5 90 apt-get "${quick[@]}" install -y --no-install-recommends "${missing[@]}"
  } </dev/null >/dev/null 2>&1
fi
command -v redis-server >/dev/null || echo 'redis-server is not here and was not installed: tests of queues on Redis will skip'
compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || command -v initdb >/dev/null ||
  echo 'postgresql is not here and was not installed: tests of queues on PostgreSQL will skip'
exit 0
