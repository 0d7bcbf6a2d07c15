# Footnote as an image: the page, and the routes for programs. docs/programs.md says how to run it.
FROM python:3.13-slim AS build
RUN python -m venv /opt/footnote
WORKDIR /src
COPY requirements.lock pyproject.toml README.md LICENSE ./
# The builder comes from the lock, too: what pip fetches for a build of its own is pinned nowhere.
RUN /opt/footnote/bin/pip install --no-cache-dir --constraint requirements.lock setuptools
COPY index index
COPY rag rag
COPY eval eval
RUN /opt/footnote/bin/pip install --no-cache-dir --constraint requirements.lock --no-build-isolation ".[mcp]"

FROM python:3.13-slim
RUN useradd --uid 1000 --create-home footnote && install -d -o footnote /articles /store
COPY --from=build /opt/footnote /opt/footnote
ENV PATH=/opt/footnote/bin:$PATH FOOTNOTE_STORE=/store/index FOOTNOTE_CACHE=/store/cache
USER footnote
WORKDIR /home/footnote
VOLUME /store
EXPOSE 7860
HEALTHCHECK --start-period=60s CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:7860/api/v1/health')"]
ENTRYPOINT ["rag"]
CMD ["web", "--help"]
