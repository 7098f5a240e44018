java -jar settle.jar
