# Stands for the application: all it does is to say what it finds.
FROM alpine:3.20
RUN apk add --no-cache postgresql-client
COPY app.sh /usr/local/bin/
CMD ["app.sh"]
