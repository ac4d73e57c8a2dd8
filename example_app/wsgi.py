"""For servers: ``gunicorn -w 2 example_app.wsgi:application``, settings from the environment."""

from example_app.app import create_app

application = create_app()
