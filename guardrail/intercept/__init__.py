"""The shells between a web server and a web app: they carry bytes to the guard and back.

No rule is known here. `wsgi` wraps any app, `flask` an app made with Flask; both hand what the
app answered to a guard (`needs` says what they ask of it) and send what it gives back.
"""
