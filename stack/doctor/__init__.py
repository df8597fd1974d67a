"""`heritwin doctor`: each need of this machine, examined, with how to mend what is missing."""
