"""Recording a visit: a side panel that the keyboard alone fills in under a minute."""
