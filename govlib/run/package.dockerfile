# docker build -t govlib-reproduction . && docker run --rm -v "$PWD/new:/new" govlib-reproduction
FROM python:3.12-slim
RUN apt-get update && apt-get install -y --no-install-recommends make git
COPY code /code
WORKDIR /code
RUN make .venv/installed
CMD ["sh", "-c", "make reproduce && cp -r figures build /new/"]
