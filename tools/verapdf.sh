#!/bin/sh
# Ask veraPDF whether PDF files are PDF/A-3a: tools/verapdf.sh FILE…
# Ends 0 when all are, 1 when one is not, 69 where Java, or both the program and Maven to get it with, are not there.
set -eu
version=1.28.2
sha256=687d4d8bcfec48c9f7e931cf78ed061f1eeccfba55d4cdc000ba9b4d8aa46ce6
artifact=org/verapdf/apps/greenfield-apps/$version/greenfield-apps-$version.jar
jar=${MAVEN_REPOSITORY:-$HOME/.m2/repository}/$artifact

absent() { echo "verapdf: $1" >&2; exit 69; }

[ $# -gt 0 ] || { echo "usage: tools/verapdf.sh FILE…" >&2; exit 2; }
command -v java >/dev/null || absent "Java is not installed"
if [ ! -f "$jar" ]; then
  command -v mvn >/dev/null || absent "Maven is not installed, and $jar is not there"
  mvn --batch-mode --quiet "-Dmaven.repo.local=${jar%/"$artifact"}" dependency:get -Dtransitive=false \
    "-Dartifact=org.verapdf.apps:greenfield-apps:$version" >&2 || absent "Maven could not get it"
fi
echo "$sha256  $jar" | sha256sum --check --status || { echo "verapdf: $jar is not the file it should be" >&2; exit 1; }

result=$(java -cp "$jar" org.verapdf.apps.GreenfieldCliWrapper --flavour 3a --format text --verbose "$@") || true
echo "$result"
[ "$(echo "$result" | grep -c '^PASS .* 3a$')" -eq $# ]
