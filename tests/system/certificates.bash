# SPDX-License-Identifier: Apache-2.0
# Sourced by the scripts that need a CA of their own.
# shellcheck shell=bash disable=SC2154

# make_ca NAME: $tap_work/NAME.pem and .key.
make_ca() {
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=$1" -keyout "$tap_work/$1.key" -out "$tap_work/$1.pem" \
                -addext basicConstraints=critical,CA:TRUE
}
# issue NAME SUBJECT-ALT-NAME DAYS CA: a certificate.
issue() {
        openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$1" -keyout "$tap_work/$1.key" -out "$tap_work/$1.csr" &&
                openssl x509 -req -in "$tap_work/$1.csr" -CA "$tap_work/$4.pem" -CAkey "$tap_work/$4.key" -CAcreateserial -days "$3" \
                        -extfile <(echo "subjectAltName=$2") -out "$tap_work/$1.pem"
}
