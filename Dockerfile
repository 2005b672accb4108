# The service's image, built by `make image` from a bento (the folder that `bentoml build` makes). BentoML's own recipe
# installs a uv of any version and packages without strict hashes, and leaves both and a compiler in the image.
ARG BASE_IMAGE=python:3.11-slim

FROM ${BASE_IMAGE} AS packages
COPY env/python/requirements.txt /tmp/requirements.txt
# BentoML adds a line of its own, without a hash, for a package that is locked already.
RUN sed -i '/^bentoml==[^\\]*$/d' /tmp/requirements.txt \
 && python3 -m pip install --quiet --no-cache-dir --disable-pip-version-check --root-user-action=ignore \
    --require-hashes --only-binary=:all: --no-deps --target /packages -r /tmp/requirements.txt
# Tools and tests that nobody runs here, and onnxruntime a second time, for C programs.
# `make smoke` shows if one was needed.
RUN cd /packages && rm -rf bin onnxruntime/tools onnxruntime/transformers onnxruntime/quantization \
    onnxruntime/capi/libonnxruntime.so* numpy/f2py numpy/distutils numpy/_core/include numpy/_core/lib/*.a \
 && find . -type d \( -name tests -o -name test \) -prune -exec rm -rf {} +

FROM ${BASE_IMAGE}
RUN rm -rf /usr/local/lib/python3*/site-packages/* /usr/local/bin/pip* /usr/local/bin/idle* \
    /usr/lib/python3/dist-packages/* /usr/bin/pip* /usr/share/python-wheels
COPY --from=packages /packages /packages
COPY . /bento
ENV PYTHONPATH=/packages PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 HOME=/tmp BENTOML_HOME=/tmp/bentoml \
    BENTOML_DO_NOT_TRACK=True ORT_DISABLE_TELEMETRY=1
# A clone made under umask 077 has files that only its owner may read, and here they are another's.
RUN chmod -R a+rX /bento && python3 -m compileall -q /bento/src
WORKDIR /bento/src
EXPOSE 3000
USER 1034:1034
ENTRYPOINT ["python3", "-m", "harness.serve.server", "--host", "0.0.0.0"]
