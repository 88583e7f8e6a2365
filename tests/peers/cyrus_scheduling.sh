#!/usr/bin/env bash
# Cyrus IMAP 3.6 with implicit scheduling (RFC 6638) on. What it would mail goes to a notifier that keeps it in a file; nothing leaves.
# env as in cyrus.sh. Messages are files in $LAB_DIR/outbox; for each a line is written to the pipe $LAB_DIR/arrived.
. "$(dirname "${BASH_SOURCE[0]}")/_common.sh"
PORT=${LAB_PORT:-8351}; IP=${LAB_IMAP_PORT:-8361}; PID=$LAB_DIR/cyrus.pid
case ${1:-start} in stop) stop_pid "$PID"; say stopped; exit;; status) alive "$PID" && say running || say stopped; exit;; esac
alive "$PID" && { say "already running"; exit 0; }
[ -x /usr/lib/cyrus/bin/httpd ] || need /nonexistent cyrus-caldav cyrus-imapd cyrus-admin sasl2-bin libsasl2-modules
for d in config mail proc lock socket outbox; do mkdir -p "$LAB_DIR/$d"; done
cat >"$LAB_DIR/sendmail" <<C
#!/bin/sh
# Stands in for sendmail: keeps the message, and sends nothing.
f=\$(mktemp "$LAB_DIR/outbox/mail.XXXXXX"); { printf '%s\n' "\$*"; cat; } >"\$f"; echo \$f 1<>"$LAB_DIR/arrived"
C
cat >"$LAB_DIR/notify" <<C
#!/bin/sh
# What notifyd calls: keeps the message, and sends nothing.
f=\$(mktemp "$LAB_DIR/outbox/notify.XXXXXX"); { printf '%s\n' "\$*"; cat; } >"\$f"; echo \$f 1<>"$LAB_DIR/arrived"
C
[ -p "$LAB_DIR/arrived" ] || mkfifo "$LAB_DIR/arrived"
chmod 755 "$LAB_DIR/sendmail" "$LAB_DIR/notify"
cat >"$LAB_DIR/imapd.conf" <<C
configdirectory: $LAB_DIR/config
proc_path: $LAB_DIR/proc
mboxname_lockpath: $LAB_DIR/lock
defaultpartition: default
partition-default: $LAB_DIR/mail
admins: cyrus
allowplaintext: yes
sasl_pwcheck_method: auxprop
sasl_auxprop_plugin: sasldb
sasl_sasldb_path: $LAB_DIR/sasldb2
sasl_mech_list: PLAIN LOGIN
virtdomains: off
unixhierarchysep: yes
altnamespace: yes
servername: localhost
defaultdomain: example.org
httpmodules: caldav carddav webdav
httpallowcompress: no
caldav_realm: cyrus-lab
caldav_allowscheduling: yes
calendar_user_address_set: example.org
imipnotifier: external
notify_external: $LAB_DIR/notify
notifysocket: $LAB_DIR/socket/notify
sendmail: $LAB_DIR/sendmail
conversations: yes
autocreate_quota: 0
autocreate_post: yes
sync_log: no
tls_server_cert: disabled
duplicate_db_path: $LAB_DIR/config/deliver.db
calendar_component_set: VEVENT VTODO VJOURNAL VFREEBUSY VAVAILABILITY
C
cat >"$LAB_DIR/cyrus.conf" <<C
START { recover cmd="/usr/lib/cyrus/bin/ctl_cyrusdb -C $LAB_DIR/imapd.conf -r" }
SERVICES {
  imap cmd="/usr/lib/cyrus/bin/imapd -C $LAB_DIR/imapd.conf" listen="$LAB_HOST:$IP" prefork=0 maxchild=20 proto="tcp4"
  http cmd="/usr/lib/cyrus/bin/httpd -C $LAB_DIR/imapd.conf" listen="$LAB_HOST:$PORT" prefork=1 maxchild=20 proto="tcp4"
  notify cmd="/usr/lib/cyrus/bin/notifyd -C $LAB_DIR/imapd.conf" listen="$LAB_DIR/socket/notify" proto="udp" prefork=1 maxchild=1
}
EVENTS { }
C
chown -R cyrus:mail "$LAB_DIR"
for u in cyrus "$LAB_USER" "${LAB_USER2:-bob}"; do printf '%s' "$LAB_PASS" | runuser -u cyrus -- saslpasswd2 -p -c -f "$LAB_DIR/sasldb2" -u localhost "$u" 2>>"$LAB_DIR/sasl.log"; done
# In a session of its own: a Cyrus that ends signals its whole process group, and a second one may stand in it.
setsid runuser -u cyrus -- env -C "$LAB_DIR" CYRUS_VERBOSE=1 /usr/lib/cyrus/bin/master -C "$LAB_DIR/imapd.conf" -M "$LAB_DIR/cyrus.conf" -p "$LAB_DIR/master.pid" >"$LAB_DIR/cyrus.log" 2>&1 & echo $! >"$PID"
wait_port "$IP" 20 && wait_port "$PORT" 20 || exit 1
python3 - "$LAB_HOST" "$IP" "$LAB_PASS" "$LAB_USER" "${LAB_USER2:-bob}" <<'P'
import imaplib, sys
h, p, pw, *users = sys.argv[1:]
a = imaplib.IMAP4(h, int(p)); a.login("cyrus", pw)
for u in users:
    print(u, a.create("user/" + u)[0], file=sys.stderr)
P
say "URL=http://$LAB_HOST:$PORT/ USER=$LAB_USER PASSWORD=$LAB_PASS HOME=/dav/calendars/user/$LAB_USER/ CAL=/dav/calendars/user/$LAB_USER/Default/ CARD=/dav/addressbooks/user/$LAB_USER/Default/ OUTBOX=$LAB_DIR/outbox"
