#!/bin/sh
# Writes the tool's help screens and outputs in Tests/Snapshots anew.
set -eu
cd "$(dirname "$0")/../.."
UPDATE_SNAPSHOTS=1 swift test --filter SnapshotTests
git --no-pager diff --stat -- Tests/Snapshots
