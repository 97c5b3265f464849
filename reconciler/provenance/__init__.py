"""What Git can prove: which policy is trusted, and who asked for a certificate.

Every plan passes here, and most trees trust no policy: what reads repositories is loaded where it is needed.
And whoever only wants to run Git needs no policy, so what is here is imported from the modules.
"""
