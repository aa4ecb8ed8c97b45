# The connector's image. `make image` builds it with docker or podman; `docker build .` does too.

# Airbyte's base for Python connectors: Python at /usr/local, the user airbyte (1000), /airbyte.
ARG BASE_IMAGE=docker.io/airbyte/python-connector-base:4.1.0@sha256:1d1aa21d34e851df4e8a87b391c27724c06e2597608e7161f4d167be853bd7b6
FROM ${BASE_IMAGE}

USER root
WORKDIR /airbyte/integration_code

# Dependencies first: this layer is made anew only when setup.py changes. A hollow project, with all
# that setup.py reads, pulls in what the real one needs, and goes again.
COPY setup.py ./
RUN mkdir destination_inflection \
 && touch README.md \
 && echo 'VERSION = "0"' > destination_inflection/version.py \
 && pip install --quiet --no-cache-dir --use-pep517 --root-user-action=ignore '.[fast,s3]' \
 && pip uninstall --quiet --yes --root-user-action=ignore destination-inflection \
 && rm -r /airbyte/integration_code/*

# Compiled here, since the user may not write and the root may be read-only; by hash, since a
# builder may change the files' times.
COPY main.py ./
COPY destination_inflection destination_inflection
RUN python -m compileall -q --invalidation-mode unchecked-hash .

# Airbyte's platform runs AIRBYTE_ENTRYPOINT in a shell, from a folder of its own.
ENV PYTHONUNBUFFERED=1 \
    AIRBYTE_ENTRYPOINT="/usr/local/bin/python /airbyte/integration_code/main.py"
LABEL io.airbyte.name="destination-inflection" \
      io.airbyte.version="0.1.0"

USER airbyte
ENTRYPOINT ["/usr/local/bin/python", "/airbyte/integration_code/main.py"]
