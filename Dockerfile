# One image for each service, from one source:  docker build --build-arg SERVICE=intake -t mizban-intake .
# SERVICE is registry, intake, routing, notify, or ops (the jobs of docker-compose.yml). deploy/README.md tells the rest.
ARG PYTHON_IMAGE=python:3.11-slim

FROM ${PYTHON_IMAGE} AS libraries
# Where packages come from is the builder's affair: pip's own variable. It does not reach the image below.
ARG PIP_INDEX_URL
WORKDIR /build
COPY requirements.in requirements.lock deploy/image/runtime_requirements.py ./
RUN python runtime_requirements.py requirements.in requirements.lock >runtime.lock \
    && python -m venv --without-pip /opt/venv \
    && pip --python /opt/venv/bin/python install --no-cache-dir --disable-pip-version-check \
        --require-hashes --only-binary :all: --requirement runtime.lock

FROM ${PYTHON_IMAGE}
ARG SERVICE
RUN : "${SERVICE:?is needed: --build-arg SERVICE=registry, intake, routing, notify or ops}"
ENV SERVICE=${SERVICE} PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /app
COPY --from=libraries /opt/venv /opt/venv
COPY deploy/image/healthy.py ./
COPY services/__init__.py services/
COPY services/contracts services/contracts
COPY services/worktime services/worktime
COPY services/runtime services/runtime
COPY services/${SERVICE} services/${SERVICE}
# the root is read-only later: without this every start would compile everything
RUN python -m compileall -q services
USER 10001:10001
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["python", "-I", "healthy.py"]
# `exec`: Python must be the process that gets SIGTERM, or a stop would not drain
ENTRYPOINT ["/bin/sh", "-c", "exec python -m \"services.$SERVICE\" \"$@\"", "mizban"]
