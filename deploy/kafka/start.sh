#!/bin/sh
# Formats Kafka's storage with the partners' accounts the first time, then starts the broker.
#   PARTNER_ACCOUNTS  a line `name password` for each partner (read at the first start only)
#   PARTNERS_ADDRESS  host:port at which partners reach the PARTNERS listener
#   CLUSTER_ID        22 characters; the storage keeps it
set -eu

: "${PARTNER_ACCOUNTS:?}" "${PARTNERS_ADDRESS:?}" "${CLUSTER_ID:?}"
settings=$(dirname "$0")/server.properties
bin=${KAFKA_HOME:-/opt/kafka}/bin

set --
while read -r partner password; do
    if [ -n "$partner" ]; then
        set -- "$@" --add-scram "SCRAM-SHA-512=[name=$partner,password=$password]"
    fi
done <<EOF
$PARTNER_ACCOUNTS
EOF
"$bin/kafka-storage.sh" format --ignore-formatted --cluster-id "$CLUSTER_ID" --config "$settings" "$@"

unset PARTNER_ACCOUNTS
exec "$bin/kafka-server-start.sh" "$settings" \
    --override "advertised.listeners=INSIDE://kafka:19092,PARTNERS://$PARTNERS_ADDRESS"
