# Called for each lease
grep -q single-request-reopen /etc/resolv.conf || echo "options single-request-reopen" >>/etc/resolv.conf
