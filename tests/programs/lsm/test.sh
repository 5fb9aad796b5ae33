#!/bin/bash
# A file and a folder come and go.
. "$(dirname "$0")/../lib.sh"

trigger() {
  touch "$work/file"
  rm "$work/file"
  mkdir "$work/folder"
  rmdir "$work/folder"
}

run_area
