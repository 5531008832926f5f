#!/bin/sh
# Starts MongoDB as a replica set member with sign-in: such a member must have a key file that only its owner can read.
#   REPLICA_SET_KEY  6 to 1024 characters of base64; the same for every member
set -eu

key_file=${KEY_FOLDER:-/tmp}/replica-set.key
umask 077
rm -f "$key_file"
printf '%s\n' "${REPLICA_SET_KEY:?}" >"$key_file"
unset REPLICA_SET_KEY

# nothing reads the past, so no old versions are kept for it (the history window)
exec docker-entrypoint.sh mongod --port 27117 --bind_ip_all --replSet mizban --keyFile "$key_file" \
    --setParameter minSnapshotHistoryWindowInSeconds=0 \
    --wiredTigerCacheSizeGB 1 --oplogSize 512 --slowms 86400000 # it logs slow commands whole, with the people in them
