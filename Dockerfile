# Serves a model over HTTP, or runs the Telegram bot, without PyTorch:
#     docker build -t logo_fastai .
#     docker run -p 8000:8000 -v "$PWD/runs/<run>/model:/model:ro" logo_fastai
# Only clients with a key are answered with -e LOGO_FASTAI_API_KEY=KEY; a name that is not that of the container or
# localhost is allowed with: logo_fastai serve /model --host 0.0.0.0 --allow-host NAME
#     docker run -v "$PWD/runs/<run>/model:/model:ro" -e LOGO_FASTAI_BOT_TOKEN --no-healthcheck logo_fastai bot /model
# The workflow builds it and tries it. Its steps were also tried without Docker, in a new virtual environment (Python
# 3.11, Linux): the packages take 235 MB besides the 125 MB of the base image; as user 1000, serve answers, the health
# check succeeds while it does and fails after SIGTERM, and bot asks for its token.
FROM python:3.13-slim
WORKDIR /app
COPY requirements-serve.txt .
RUN pip install --no-cache-dir -r requirements-serve.txt "python-telegram-bot[rate-limiter,webhooks]>=22,<23"
COPY settings.ini setup.py pyproject.toml README.md LICENSE MANIFEST.in ./
COPY logo_fastai logo_fastai
RUN pip install --no-cache-dir --no-deps . && useradd --create-home --uid 1000 logo
USER logo
WORKDIR /home/logo
EXPOSE 8000
HEALTHCHECK --start-period=20s CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/health')"]
ENTRYPOINT ["logo_fastai"]
CMD ["serve", "/model", "--host", "0.0.0.0"]
