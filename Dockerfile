# The connector's image. `make image` builds it with docker or podman; `docker build .` does too,
# with BuildKit.

# Airbyte's base for Python connectors: Python at /usr/local, the user airbyte (1000), /airbyte.
ARG BASE_IMAGE=docker.io/airbyte/python-connector-base:4.1.0@sha256:1d1aa21d34e851df4e8a87b391c27724c06e2597608e7161f4d167be853bd7b6

# The packages of the lock: this layer is made anew only when the lock changes. Wheels only, so
# that nothing is built. Compiled here, since the user may not write and the root may be read-only;
# by hash, since builders change the files' times; with a fixed seed, since the order of sets is in
# the bytecode. Tests are left out, but for the CDK's helpers, which its own commands import.
FROM ${BASE_IMAGE} AS packages
USER root
COPY --chmod=644 requirements/image.txt /tmp/image.txt
RUN export PYTHONHASHSEED=0 PYTHONDONTWRITEBYTECODE=1 \
 && pip install --quiet --no-cache-dir --no-compile --no-deps --only-binary :all: --require-hashes \
      --root-user-action=ignore --requirement /tmp/image.txt \
 && rm /tmp/image.txt \
 && packages="$(python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')" \
 && find "$packages" -type d '(' -name test -o -name tests ')' -not -path '*/airbyte_cdk/test' \
      -prune -exec rm -r {} + \
 && python -m compileall -q --invalidation-mode checked-hash "$packages"

# The connector as an installed package in /made; main.py and the SBOM in /code. The tools stay here.
# The wheel's times are fixed (1980), so that they do not depend on the checkout.
FROM packages AS build
WORKDIR /project
COPY requirements/image-build.txt ./
RUN python -m venv /tools \
 && /tools/bin/pip install --quiet --no-cache-dir --no-deps --only-binary :all: --require-hashes \
      --requirement image-build.txt
COPY . .
RUN export SOURCE_DATE_EPOCH=315532800 PYTHONHASHSEED=0 \
 && /tools/bin/pip wheel --quiet --no-deps --no-build-isolation --wheel-dir /wheel . \
 && pip install --isolated --quiet --no-compile --no-deps --no-warn-script-location \
      --root-user-action=ignore --root /made --no-index --find-links /wheel destination-inflection \
 && rm /made/usr/local/bin/inflection-sandbox \
 && python -m compileall -q --invalidation-mode checked-hash /made \
 && cp -r /made/. / \
 && install -D --mode 644 --target-directory /code main.py \
 && /tools/bin/cyclonedx-py environment --output-reproducible \
      --output-file /code/sbom.cdx.json "$(command -v python)"

FROM packages
COPY --from=build /made /
COPY --from=build /code /airbyte/integration_code
WORKDIR /airbyte/integration_code

# Airbyte's platform runs AIRBYTE_ENTRYPOINT in a shell, from a folder of its own.
ENV PYTHONUNBUFFERED=1 \
    AIRBYTE_ENTRYPOINT="/usr/local/bin/python /airbyte/integration_code/main.py"
LABEL io.airbyte.name="destination-inflection" \
      io.airbyte.version="0.2.0" \
      org.opencontainers.image.title="destination-inflection" \
      org.opencontainers.image.description="Airbyte destination that delivers records to Inflection.io" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="0.2.0"

USER airbyte
ENTRYPOINT ["/usr/local/bin/python", "/airbyte/integration_code/main.py"]
