# shellcheck shell=bash
# shellcheck disable=SC2154 # machine.sh sets what is used here
# The program by which istio-start.sh starts the agent where cluster.env says so (ISTIO_BIN_BASE). Root runs it as well, so the
# folder is root's all the way up.

readonly AGENT_FOLDER=/usr/local/lib/meshx-agent

# wants_agent_program FILE: whether that cluster.env does.
wants_agent_program() {
  grep -qsxF "ISTIO_BIN_BASE='$AGENT_FOLDER'" "$1"
}

# Before the settings that name it: the unit may be started at any time.
place_agent_program() {
  local number
  number=$(awk -F '\t' -v path="$SETTINGS/cluster.env" '$3 == path { print NR - 1 }' "$work/files.tsv")
  wants_agent_program "$work/files/$number" || return 0
  if place root:root 0755 "$work/pilot-agent.sh" "$AGENT_FOLDER/pilot-agent"; then say "file $AGENT_FOLDER/pilot-agent"; fi
}

# Once no settings name it.
remove_agent_program() {
  wants_agent_program "$SETTINGS/cluster.env" || [[ ! -e $AGENT_FOLDER ]] || rm -rf "$AGENT_FOLDER"
}

# What of it is not as it should be, in words; nothing where all of it is.
agent_program_trouble() {
  wants_agent_program "$SETTINGS/cluster.env" || return 0
  [[ $(stat -c '%U:%G %a %F' "$AGENT_FOLDER/pilot-agent" 2>/dev/null) = 'root:root 755 regular file' ]] &&
    cmp -s "$work/pilot-agent.sh" "$AGENT_FOLDER/pilot-agent" || echo "$AGENT_FOLDER/pilot-agent is not what it should be"
}
