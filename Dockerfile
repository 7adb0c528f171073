# Two stages: the first builds the wheel with hashed tools, the second holds what runs.
FROM python:3.13-slim AS build
WORKDIR /src
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PYTHONDONTWRITEBYTECODE=1
COPY requirements.lock requirements-build.lock ./
RUN python -m venv /opt/build \
 && /opt/build/bin/pip install --no-deps --require-hashes --only-binary :all: -r requirements-build.lock \
 && python -m venv /opt/wireroom \
 && /opt/wireroom/bin/pip install --no-deps --require-hashes --only-binary :all: -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY engine engine
COPY server server
COPY examples examples
RUN /opt/build/bin/python -m hatchling build -t wheel -d /dist \
 && /opt/wireroom/bin/pip install --no-deps /dist/*.whl \
 && /opt/wireroom/bin/pip uninstall --yes pip

FROM python:3.13-slim
RUN useradd --system --uid 10001 --home-dir /var/lib/wireroom --create-home wireroom
COPY --from=build /opt/wireroom /opt/wireroom
ENV PATH=/opt/wireroom/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    WIREROOM_ADDR=0.0.0.0:8787 \
    WIREROOM_DATA_DIR=/var/lib/wireroom
USER wireroom
WORKDIR /var/lib/wireroom
VOLUME /var/lib/wireroom
EXPOSE 8787
# Beyond loopback the desk asks for TLS: give it WIREROOM_TLS_CERT and WIREROOM_TLS_KEY, or say
# WIREROOM_BEHIND_PROXY=true when a proxy in front does it.
HEALTHCHECK --interval=30s --timeout=3s --start-period=20s CMD \
  ["python", "-c", "import os, ssl, urllib.request as u; s = 's' if os.environ.get('WIREROOM_TLS_CERT') else ''; u.urlopen(f'http{s}://127.0.0.1:' + os.environ['WIREROOM_ADDR'].rpartition(':')[2] + '/healthz', timeout=2, **({'context': ssl._create_unverified_context()} if s else {}))"]
STOPSIGNAL SIGTERM
CMD ["wireroom", "serve"]
